package dev.toolwright.approval;

import dev.toolwright.run.Step;
import tools.jackson.databind.JsonNode;

/// Where an approval has got to.
public sealed interface Decision {
  /// @param arguments as they were asked about, or as the approver changed them
  record Granted(JsonNode arguments) implements Decision {}

  /// @param type `rejected` or `approval_expired`
  record Refused(String type, String message) implements Decision {}

  /// @param on the step of the journal that waits for a person
  record Waiting(Step on) implements Decision {}
}
