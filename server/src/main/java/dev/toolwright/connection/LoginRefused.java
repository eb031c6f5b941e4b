package dev.toolwright.connection;

/// Why a call cannot be made in a connection's name. The message is a sentence that says what to
/// do.
public final class LoginRefused extends Exception {
  private final boolean passing;

  LoginRefused(String message, boolean passing) {
    super(message, null, false, false);
    this.passing = passing;
  }

  /// Whether trying again later may help without anybody doing anything.
  public boolean isPassing() {
    return passing;
  }
}
