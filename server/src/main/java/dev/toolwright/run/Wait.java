package dev.toolwright.run;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Why a run gives its node back.
///
/// @param key the step that waits, or one of its own for a timer
/// @param reason `timer`, `limit`, `outcome unknown` or `no progress`; later approval, callback,
///   child, budget
/// @param due after which it goes on by itself; null: only a signal wakes it
/// @param question what is asked of whoever may answer
/// @param answer once it was given
public record Wait(
    String key,
    String reason,
    @Nullable Duration due,
    @Nullable JsonNode question,
    @Nullable JsonNode answer) {
  public static final String OUTCOME_UNKNOWN = "outcome unknown";
  public static final String NO_PROGRESS = "no progress";
  public static final String LIMIT = "limit";

  public static Wait until(String key, String reason, Duration due, @Nullable JsonNode question) {
    return new Wait(key, reason, due, question, null);
  }

  public static Wait forAnswer(String key, String reason, @Nullable JsonNode question) {
    return new Wait(key, reason, null, question, null);
  }
}
