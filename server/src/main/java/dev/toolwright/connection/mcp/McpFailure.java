package dev.toolwright.connection.mcp;

/// Why an MCP server has given no result. The message is a sentence that is safe to show, but for
/// what the server itself says in it.
public final class McpFailure extends Exception {
  /// What is wrong.
  public enum Kind {
    /// It does not want us, or may not be reached.
    DENIED,
    /// It did not answer in time.
    TIMEOUT,
    /// It is away, or in trouble that may pass.
    UNAVAILABLE,
    /// It answered with an error, or with something that is no answer.
    REFUSED
  }

  private final Kind kind;
  private final boolean sent;

  /// @param sent whether a call may have taken effect
  McpFailure(Kind kind, String message, boolean sent) {
    super(message, null, false, false);
    this.kind = kind;
    this.sent = sent;
  }

  public Kind kind() {
    return kind;
  }

  public boolean sent() {
    return sent;
  }

  public String says() {
    return String.valueOf(getMessage());
  }
}
