package dev.toolwright.workflow;

import dev.toolwright.run.Step;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Where a step has got to.
sealed interface StepEnd {
  /// @param time that its work took, waiting aside
  record Completed(JsonNode result, Duration time) implements StepEnd {}

  /// @param type such as `timeout`
  /// @param result what was done until then; null: nothing
  record Failed(String type, String message, @Nullable JsonNode result, Duration time)
      implements StepEnd {
    Failed(String type, String message) {
      this(type, message, null, Duration.ZERO);
    }

    /// Whether another attempt could go better.
    boolean mayPass() {
      return switch (type) {
        case "validation_error",
            "permission_error",
            "reference_error",
            "rejected",
            "insufficient_credits",
            "nested_too_deep",
            "cancelled" ->
            false;
        default -> true;
      };
    }
  }

  /// @param reason `condition_not_met` or `dependency_failed`
  /// @param says which condition or dependency
  record Skipped(String reason, String says) implements StepEnd {}

  /// @param on the steps of the journal whose answers it waits for
  record Waiting(List<Step> on) implements StepEnd {
    public Waiting {
      on = List.copyOf(on);
    }
  }
}
