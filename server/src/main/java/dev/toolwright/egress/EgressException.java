package dev.toolwright.egress;

/// Why an outgoing request has no answer. The message is safe to show: it never holds a library's
/// text, a secret, or which address a refused name led to.
public final class EgressException extends Exception {
  public enum Kind {
    /// The request is malformed, or the policy refuses its destination or one that it was
    /// redirected to. A name that does not resolve is told no differently, unless an allow rule
    /// names it.
    DENIED,
    /// Nobody listens, or TLS failed: nothing of this request was sent, or of its last redirect.
    UNREACHABLE,
    /// Time ran out.
    TIMEOUT,
    /// The connection broke after the request may have been sent.
    BROKEN,
    /// The answer is longer than allowed.
    TOO_LARGE
  }

  private final Kind kind;
  private final boolean sent;

  public EgressException(Kind kind, String message, boolean sent) {
    super(message, null, false, false);
    this.kind = kind;
    this.sent = sent;
  }

  public Kind kind() {
    return kind;
  }

  /// Whether the remote may have received the request. False only when it certainly has not.
  public boolean sent() {
    return sent;
  }
}
