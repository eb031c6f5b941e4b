package dev.toolwright.run;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Why a run gives its node back.
///
/// @param key the step that waits, or one of its own
/// @param reason one of the constants here
/// @param due after which it goes on by itself; null: only a signal wakes it
/// @param question what is asked of whoever may answer
/// @param answer once it was given
/// @param open it is stored already, and parking leaves it as it is
public record Wait(
    String key,
    String reason,
    @Nullable Duration due,
    @Nullable JsonNode question,
    @Nullable JsonNode answer,
    boolean open) {
  /// Every reason to wait.
  public static final List<String> REASONS =
      List.of(
          "outcome unknown",
          "no progress",
          "limit",
          "callback",
          "child",
          "approval",
          "timer",
          "event");

  public static final String OUTCOME_UNKNOWN = "outcome unknown";
  public static final String NO_PROGRESS = "no progress";
  public static final String LIMIT = "limit";
  public static final String CALLBACK = "callback";
  public static final String CHILD = "child";
  public static final String APPROVAL = "approval";
  public static final String TIMER = "timer";
  public static final String EVENT = "event";

  public static Wait until(String key, String reason, Duration due, @Nullable JsonNode question) {
    return new Wait(key, reason, due, question, null, false);
  }

  public static Wait forAnswer(String key, String reason, @Nullable JsonNode question) {
    return new Wait(key, reason, null, question, null, false);
  }

  /// The key of what a step waits for, beside the question what became of the step.
  static String ofStep(String stepKey) {
    return stepKey + "/answer";
  }

  /// One that [Journal#open] has stored.
  static Wait opened(String key, String reason, @Nullable Duration left) {
    return new Wait(key, reason, left, null, null, true);
  }
}
