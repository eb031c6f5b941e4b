package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.doctor.Check;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.sandbox.SandboxStatus;
import java.time.Duration;
import java.util.function.Supplier;

/// The doctor's look at the sandbox: starts one beside the server's own and lets it try its
/// escapes.
record SandboxCheck(Settings settings) implements Supplier<Check> {
  private static final String NAME = "sandbox";
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Override
  public Check get() {
    try (var sandbox = Sandbox.open(Platform.sandboxSettings(settings, "sandbox-doctor"))) {
      var status = sandbox.awaitTested(PATIENCE);
      return status.state() == SandboxStatus.State.READY
          ? Check.fine(NAME, "tier " + status.tier() + ": " + status.message())
          : Check.broken(NAME, status.message(), status.howToFix());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Check.broken(NAME, "The check was interrupted", "Run it again");
    }
  }
}
