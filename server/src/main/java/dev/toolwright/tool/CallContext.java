package dev.toolwright.tool;

import dev.toolwright.credit.PricedAction;
import dev.toolwright.json.Json;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The circumstances of a call.
///
/// @param door through which it came: `test`, `run` or `mcp`
/// @param callId names the record; the idempotency key of a call outside a run
/// @param given what the caller passes to the tool; the server's own names win over it
/// @param deadline at which the whole call is over, retries included
/// @param action what the call costs, by the price list
public record CallContext(
    String door,
    String callId,
    @Nullable String runId,
    @Nullable String stepKey,
    @Nullable String agentId,
    ObjectNode given,
    Duration deadline,
    PricedAction action) {

  /// The key under which every attempt is sent.
  String idempotencyKey() {
    return runId == null ? callId : runId + "/" + stepKey;
  }

  boolean inRun() {
    return runId != null;
  }

  /// What the tool's `context` holds.
  ObjectNode forTool(String workspaceId, String userId) {
    var context = Json.object();
    context.setAll(given);
    context.put("user_id", userId);
    context.put("workspace_id", workspaceId);
    context.put("run_id", runId);
    context.put("agent_id", agentId);
    context.put("test_mode", door.equals("test"));
    return context;
  }
}
