package dev.toolwright;

import dev.toolwright.config.Settings;
import dev.toolwright.doctor.Check;
import dev.toolwright.sandbox.JavaScript;
import dev.toolwright.sandbox.JsOutline;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.sandbox.SandboxStatus;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/// The doctor's look at a sandbox: starts one beside the server's own and lets it try its escapes.
record SandboxCheck(String name, Look look) implements Supplier<Check> {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /// A look at one sandbox.
  interface Look {
    SandboxStatus status() throws InterruptedException;
  }

  static List<Supplier<Check>> all(Settings settings) {
    return List.of(
        new SandboxCheck("sandbox", () -> python(settings)),
        new SandboxCheck("javascript", () -> javaScript(settings)));
  }

  private static SandboxStatus python(Settings settings) throws InterruptedException {
    try (var sandbox = Sandbox.open(Platform.sandboxSettings(settings, "sandbox-doctor"))) {
      return sandbox.awaitTested(PATIENCE);
    }
  }

  private static SandboxStatus javaScript(Settings settings) throws InterruptedException {
    try (var sandbox =
        JavaScript.open(Platform.javaScriptSettings(settings, "javascript-doctor"))) {
      // Waits for the self-test.
      return sandbox.parse("return null", null) instanceof JsOutline.Unavailable unavailable
              && sandbox.status().state() != SandboxStatus.State.REFUSED
          ? new SandboxStatus(SandboxStatus.State.STARTING, "", unavailable.message(), "", "")
          : sandbox.status();
    }
  }

  @Override
  public Check get() {
    try {
      var status = look.status();
      return status.state() == SandboxStatus.State.READY
          ? Check.fine(name, "tier " + status.tier() + ": " + status.message())
          : Check.broken(name, status.message(), status.howToFix());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Check.broken(name, "The check was interrupted", "Run it again");
    }
  }
}
