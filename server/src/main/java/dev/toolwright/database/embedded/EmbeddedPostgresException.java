package dev.toolwright.database.embedded;

/// The private PostgreSQL cannot be started or trusted. The message is a sentence for the operator
/// that says what to do; it never holds a password.
public final class EmbeddedPostgresException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EmbeddedPostgresException(String message) {
    super(message);
  }

  EmbeddedPostgresException(String message, Throwable cause) {
    super(message, cause);
  }
}
