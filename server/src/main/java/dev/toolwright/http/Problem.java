package dev.toolwright.http;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A refusal that the caller is told: what kind, in sentences for a person, with details for a
/// program. It is not a bug, carries no stack trace and nothing internal. Each face renders it in
/// the contract's one error shape.
public final class Problem extends RuntimeException {
  /// The kinds of refusal with their HTTP status and reason phrase.
  public enum Kind {
    INVALID(400, "Bad Request"),
    UNAUTHORIZED(401, "Unauthorized"),
    PAYMENT_REQUIRED(402, "Payment Required"),
    FORBIDDEN(403, "Forbidden"),
    NOT_FOUND(404, "Not Found"),
    METHOD_NOT_ALLOWED(405, "Method Not Allowed"),
    CONFLICT(409, "Conflict"),
    GONE(410, "Gone"),
    TOO_LARGE(413, "Content Too Large"),
    UNSUPPORTED_TYPE(415, "Unsupported Media Type"),
    UNSATISFIABLE(416, "Range Not Satisfiable"),
    UNPROCESSABLE(422, "Unprocessable Content"),
    LIMITED(429, "Too Many Requests"),
    INTERNAL(500, "Internal Server Error"),
    UNAVAILABLE(503, "Service Unavailable"),
    TIMED_OUT(504, "Gateway Timeout");

    public final int status;
    public final String reason;

    Kind(int status, String reason) {
      this.status = status;
      this.reason = reason;
    }
  }

  private final Kind kind;
  private final List<String> messages;
  private final transient Map<String, Object> details;
  private final @Nullable Duration retryAfter;
  private final boolean faults;

  private Problem(
      Kind kind,
      List<String> messages,
      Map<String, Object> details,
      @Nullable Duration retryAfter,
      boolean faults) {
    super(String.join("; ", messages), null, false, false);
    this.kind = kind;
    this.messages = List.copyOf(messages);
    this.details = Map.copyOf(details);
    this.retryAfter = retryAfter;
    this.faults = faults;
  }

  public static Problem of(Kind kind, String message) {
    return new Problem(kind, List.of(message), Map.of(), null, false);
  }

  public static Problem of(Kind kind, String message, Map<String, Object> details) {
    return new Problem(kind, List.of(message), details, null, false);
  }

  /// Invalid input: every fault at once, each naming its field.
  public static Problem invalid(List<String> faults) {
    return new Problem(Kind.INVALID, faults, Map.of(), null, true);
  }

  public static Problem invalid(String fault) {
    return of(Kind.INVALID, fault);
  }

  /// A tool's arguments that do not fit its schema: every fault at once.
  public static Problem unprocessable(List<String> faults, Map<String, Object> details) {
    return new Problem(Kind.UNPROCESSABLE, faults, details, null, true);
  }

  public static Problem notFound(String what, String id) {
    return of(Kind.NOT_FOUND, what + " " + id + " not found");
  }

  public static Problem retryLater(Kind kind, String message, Duration retryAfter) {
    return new Problem(kind, List.of(message), Map.of(), retryAfter, false);
  }

  public Kind kind() {
    return kind;
  }

  /// At least one; several only for invalid input.
  public List<String> messages() {
    return messages;
  }

  /// Whether the messages are the faults of fields, be it one or several.
  public boolean isOfFields() {
    return faults;
  }

  public Map<String, Object> details() {
    return details;
  }

  public @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
