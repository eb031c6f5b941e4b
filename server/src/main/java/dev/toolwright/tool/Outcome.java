package dev.toolwright.tool;

import dev.toolwright.run.Wait;
import dev.toolwright.vault.Redaction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What became of a call: a value, never an exception.
public sealed interface Outcome {
  record Succeeded(JsonNode value) implements Outcome {}

  /// @param type `execution_error`, `remote_error`, `unavailable`
  /// @param value what the tool gave with its failure, if anything
  /// @param retryable the failure is of the kind that passes, and trying again does no harm:
  ///   nothing happened, or the tool may be repeated
  record Failed(String type, String message, @Nullable JsonNode value, boolean retryable)
      implements Outcome {}

  /// The arguments do not fit the schema; nothing was run.
  ///
  /// @param example minimal arguments that fit
  record Invalid(List<String> faults, JsonNode example) implements Outcome {}

  record Denied(String message) implements Outcome {}

  /// Not taken on: nothing happened.
  record Limited(String message, Duration retryAfter) implements Outcome {}

  record TimedOut(String message) implements Outcome {}

  record Cancelled() implements Outcome {}

  /// It may or may not have happened, and must not happen twice.
  ///
  /// @param sent what was sent, for the person who decides
  record Unknown(String message, JsonNode sent) implements Outcome {}

  /// Not over: it waits for an answer from outside, and the call goes on with it. Only in a run.
  record Suspended(Wait on) implements Outcome {}

  /// The same without secrets.
  default Outcome redacted(Redaction redaction) {
    return switch (this) {
      case Succeeded(var value) -> new Succeeded(redaction.json(value));
      case Failed(var type, var message, var value, var retryable) ->
          new Failed(
              redaction.text(type),
              redaction.text(message),
              value == null ? null : redaction.json(value),
              retryable);
      case Invalid(var faults, var example) ->
          new Invalid(faults.stream().map(redaction::text).toList(), redaction.json(example));
      case Denied(var message) -> new Denied(redaction.text(message));
      case Limited(var message, var retryAfter) -> new Limited(redaction.text(message), retryAfter);
      case TimedOut(var message) -> new TimedOut(redaction.text(message));
      case Cancelled cancelled -> cancelled;
      case Suspended suspended -> suspended;
      case Unknown(var message, var sent) ->
          new Unknown(redaction.text(message), redaction.json(sent));
    };
  }

  /// How long to wait before the next attempt; null when there is none. Exponential with jitter, or
  /// as the remote says.
  ///
  /// @param count of attempts until now
  default @Nullable Duration pause(int count, int firstDelayMs) {
    return switch (this) {
      case Failed failed when failed.retryable() ->
          Duration.ofMillis(firstDelayMs)
              .multipliedBy(1L << (count - 1))
              .plusMillis(ThreadLocalRandom.current().nextLong(100));
      case Limited limited -> limited.retryAfter();
      default -> null;
    };
  }

  default boolean succeeded() {
    return this instanceof Succeeded;
  }

  /// The kind of failure that the API shows; null when it did not fail.
  default @Nullable String errorType() {
    return switch (this) {
      case Succeeded _, Suspended _ -> null;
      case Failed failed -> failed.type();
      case Invalid _ -> "validation_error";
      case Denied _ -> "permission_error";
      case Limited _ -> "rate_limited";
      case TimedOut _ -> "timeout";
      case Cancelled _ -> "cancelled";
      case Unknown _ -> "outcome_unknown";
    };
  }

  /// A sentence about the failure; null when it did not fail.
  default @Nullable String error() {
    return switch (this) {
      case Succeeded _, Suspended _ -> null;
      case Failed failed -> failed.message();
      case Invalid invalid -> String.join("; ", invalid.faults());
      case Denied denied -> denied.message();
      case Limited limited -> limited.message();
      case TimedOut timedOut -> timedOut.message();
      case Cancelled _ -> "The call was cancelled";
      case Unknown unknown -> unknown.message();
    };
  }

  /// The tool's value, if it gave one.
  default @Nullable JsonNode value() {
    return switch (this) {
      case Succeeded succeeded -> succeeded.value();
      case Failed failed -> failed.value();
      default -> null;
    };
  }

  /// The same with another value in place of the tool's. What a failing tool says of itself is part
  /// of its value, so it is shortened too.
  default Outcome with(JsonNode other) {
    return switch (this) {
      case Succeeded _ -> new Succeeded(other);
      case Failed failed ->
          new Failed(
              shortened(failed.type(), 100),
              shortened(failed.message(), 2_000),
              other,
              failed.retryable());
      default -> this;
    };
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }
}
