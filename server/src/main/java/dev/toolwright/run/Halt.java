package dev.toolwright.run;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Why a program stopped.
public sealed interface Halt {
  record Completed(JsonNode result) implements Halt {}

  /// @param type such as `model_error`, `step_limit`, `timeout`
  /// @param partial what was done until then
  record Failed(String type, String message, @Nullable JsonNode partial) implements Halt {}

  /// The run waits; at least one wait.
  record Parked(List<Wait> waits) implements Halt {}
}
