package dev.toolwright.sandbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Tries to escape from a JavaScript worker: from its host language, as a guest would that had
/// broken out of its engine, and from JavaScript. One success, or no clear answer, and the worker
/// is not used.
final class JsSelfTest {
  private static final Duration TIME = Duration.ofSeconds(10);
  private static final String GUEST =
      """
      const seen = [];
      for (const name of ["eval", "require", "process", "Java", "Packages", "java", "Polyglot", \
      "Graal", "load", "loadWithNewGlobal", "read", "print", "quit", "exit", "WebAssembly", \
      "Worker", "fetch", "XMLHttpRequest", "WebSocket", "setTimeout", "SharedArrayBuffer"]) {
        if (name in globalThis) { seen.push(name); }
      }
      const tries = {
        code: () => (0, Function)("return 1")(),
        hidden: () => (async () => 1).constructor("return 1")(),
        template: () => ({})[`constructor`][`constructor`]("return 1")(),
        loaded: async () => import("/etc/passwd"),
        host: () => params.getClass(),
        loader: () => params.class.classLoader,
      };
      for (const name in tries) {
        try {
          if ((await tries[name]()) !== undefined) { seen.push(name); }
        } catch {}
      }
      return seen;
      """;

  private JsSelfTest() {}

  static void check(JsWorker worker, Path canary) throws Unfit, InterruptedException {
    try {
      var host = ask(worker, 'T', canary.toString());
      if (host.size() != 3 || !host.get(2).isEmpty()) {
        throw leak(host);
      }
      var guest = ask(worker, 'C', GUEST, "", "{}", "{}");
      if (guest.size() != 3 || !guest.get(2).equals("[]")) {
        throw leak(guest);
      }
    } catch (TimeoutException | ExecutionException e) {
      throw Unfit.passing("The self-test of the JavaScript worker did not end.", JsLaunch.how());
    }
  }

  private static List<String> ask(JsWorker worker, char order, String... texts)
      throws InterruptedException, ExecutionException, TimeoutException {
    var asked = worker.begin(order, TIME, List.of(texts), null);
    var reply = asked.reply.get(TIME.toMillis(), TimeUnit.MILLISECONDS);
    return reply instanceof JsWorker.Reply.Said said ? said.texts() : List.of("it ended");
  }

  private static Unfit leak(List<String> seen) {
    var what = seen.isEmpty() ? "" : seen.getLast();
    return Unfit.lasting(
        "The JavaScript sandbox does not hold on this host: "
            + what.substring(0, Math.min(what.length(), 300)),
        JsLaunch.how());
  }
}
