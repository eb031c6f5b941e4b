package dev.toolwright.tool;

import dev.toolwright.json.Json;
import dev.toolwright.run.Step;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the step of a suspended call keeps, so that the call ends as the one that began.
///
/// @param attempts it took until it waited
/// @param name of the tool then; null in what was stored before it was kept
public record Suspended(
    String callId, int attempts, String toolId, int version, @Nullable String name) {
  public static Suspended of(CallResult result, Tool tool) {
    return new Suspended(
        result.callId(), result.attempts(), tool.id(), tool.version(), tool.name());
  }

  /// Empty when the step's node died before it could say that it waits.
  static Optional<Suspended> of(Step step) {
    return step.result() != null && step.result().has("callId")
        ? Optional.of(Json.read(step.result(), Suspended.class))
        : Optional.empty();
  }
}
