package dev.toolwright.tool;

import dev.toolwright.json.Json;
import dev.toolwright.run.Step;
import java.util.Optional;

/// What the step of a suspended call keeps, so that the call ends as the one that began.
///
/// @param attempts it took until it waited
public record Suspended(String callId, int attempts, String toolId, int version) {
  public static Suspended of(CallResult result, Tool tool) {
    return new Suspended(result.callId(), result.attempts(), tool.id(), tool.version());
  }

  /// Empty when the step's node died before it could say that it waits.
  static Optional<Suspended> of(Step step) {
    return step.result() != null && step.result().has("callId")
        ? Optional.of(Json.read(step.result(), Suspended.class))
        : Optional.empty();
  }
}
