package dev.toolwright.sandbox;

/// What the sandbox can do on this machine.
///
/// @param tier `A` (Landlock and seccomp), `A+` (those behind bubblewrap), `B` (seccomp behind
///   bubblewrap), or empty when refused or starting
/// @param message one sentence on the state
/// @param howToFix one sentence for an operator; empty when ready
/// @param python version and path of the interpreter; empty when there is none
public record SandboxStatus(
    State state, String tier, String message, String howToFix, String python) {
  /// Whether code can run.
  public enum State {
    READY,
    STARTING,
    REFUSED
  }

  static SandboxStatus starting() {
    return new SandboxStatus(State.STARTING, "", "The Python sandbox is starting.", "", "");
  }

  static SandboxStatus refused(Unfit reason) {
    return new SandboxStatus(State.REFUSED, "", reason.text(), reason.howToFix(), "");
  }
}
