package dev.toolwright.schedule;

import dev.toolwright.json.Fields;
import org.jspecify.annotations.Nullable;

/// What is started.
///
/// @param kind `agent` or `workflow`
public record Target(String kind, String id) {
  static final String AGENT = "agent";
  static final String WORKFLOW = "workflow";

  /// Reads `agent_id` or `workflow_id`; null when nothing is said.
  public static @Nullable Target read(Fields in, boolean required) {
    var agent = in.text("agent_id", 100);
    var workflow = in.text("workflow_id", 100);
    if (agent != null && workflow != null) {
      in.fault("agent_id", "cannot stand beside workflow_id");
    } else if (required && agent == null && workflow == null) {
      in.fault("agent_id", "or workflow_id is required");
    }
    return agent != null
        ? new Target(AGENT, agent)
        : workflow != null ? new Target(WORKFLOW, workflow) : null;
  }
}
