package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.doctor.Check;
import dev.toolwright.sandbox.JavaScript;
import dev.toolwright.sandbox.JsOutline;
import dev.toolwright.sandbox.PythonOutline;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.sandbox.SandboxStatus;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/// The doctor's look at a sandbox: starts one beside the server's own and lets it try its escapes.
record SandboxCheck(String name, Callable<Check> look) implements Supplier<Check> {
  static List<Supplier<Check>> all(Settings settings) {
    return List.of(
        new SandboxCheck("sandbox", () -> python(settings)),
        new SandboxCheck("javascript", () -> javaScript(settings)));
  }

  private static Check python(Settings settings) throws InterruptedException {
    try (var sandbox = Sandbox.open(Platform.sandboxSettings(settings, "sandbox-doctor"))) {
      // Waits for the self-test.
      var outline = sandbox.parse("def probe(parameters, context):\n    return None\n");
      return check("sandbox", outline instanceof PythonOutline.Parsed, sandbox.status());
    }
  }

  private static Check javaScript(Settings settings) throws InterruptedException {
    var where = Platform.javaScriptSettings(settings, "javascript-doctor");
    try (var sandbox = JavaScript.open(where)) {
      var outline = sandbox.parse("return null", null);
      return check("javascript", outline instanceof JsOutline.Valid, sandbox.status());
    }
  }

  private static Check check(String name, boolean works, SandboxStatus status) {
    return works
        ? Check.fine(name, "tier " + status.tier() + ": " + status.message())
        : Check.broken(name, status.message(), status.howToFix());
  }

  @Override
  public Check get() {
    try {
      return look.call();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Check.broken(name, "The check was interrupted", "Run it again");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
