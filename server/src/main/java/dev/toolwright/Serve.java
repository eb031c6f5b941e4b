package dev.toolwright;

import dev.toolwright.config.Settings;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;

/// The command `serve`: opens the server, says where it is, and closes it when the process is asked
/// to end.
final class Serve {
  private Serve() {}

  static int run(Settings settings, RunningServer.Opener opener, PrintStream out)
      throws InterruptedException {
    LogFile.open(settings);
    var end = new CountDownLatch(1);
    var server = opener.open(settings);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(() -> {
                  server.close();
                  end.countDown();
                }));
    out.println("Toolwright is ready at " + server.address());
    server.greeting().forEach(out::println);
    out.flush();
    if (settings.aot()) {
      Thread.ofVirtual().name("class-cache").start(new ClassCache(settings)::train);
    }
    end.await();
    return 0;
  }
}
