package dev.toolwright.database.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// One program run to its end, with an empty environment so that no secret of ours is inherited.
record Command(int exit, String output) {
  private static final int NOT_STARTED = 127;

  boolean succeeded() {
    return exit == 0;
  }

  /// Runs `words` in `directory` and waits at most `seconds`.
  static Command run(Path directory, int seconds, List<String> words) throws InterruptedException {
    var builder = new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true);
    var environment = builder.environment();
    environment.clear();
    environment.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    environment.put("LC_ALL", "C");
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return new Command(NOT_STARTED, "cannot start " + words.getFirst());
    }
    try {
      var output = new AtomicReference<>("");
      var reader = Thread.startVirtualThread(() -> output.set(read(process.getInputStream())));
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        return new Command(NOT_STARTED, "no end within " + seconds + " s");
      }
      reader.join();
      return new Command(process.exitValue(), output.get());
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(InputStream stream) {
    try {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "unreadable output";
    }
  }
}
