package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.doctor.Check;
import dev.toolwright.sandbox.PythonOutline;
import dev.toolwright.sandbox.Sandbox;
import java.util.function.Supplier;

/// The doctor's look at the sandbox: starts one beside the server's own and lets it try its
/// escapes.
record SandboxCheck(Settings settings) implements Supplier<Check> {
  private static final String NAME = "sandbox";

  @Override
  public Check get() {
    try (var sandbox = Sandbox.open(Platform.sandboxSettings(settings, "sandbox-doctor"))) {
      // Waits for the self-test.
      var outline = sandbox.parse("def probe(parameters, context):\n    return None\n");
      var status = sandbox.status();
      return outline instanceof PythonOutline.Parsed
          ? Check.fine(NAME, "tier " + status.tier() + ": " + status.message())
          : Check.broken(NAME, status.message(), status.howToFix());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Check.broken(NAME, "The check was interrupted", "Run it again");
    }
  }
}
