package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One call as it is stored.
///
/// @param state `intent` before a call whose effect must not happen twice, else `ended`
/// @param output as JSON text: the caller writes it, so that the one writer of all calls need not
/// @param price of the call
/// @param due of it, what is still to be charged with this record
record CallRecord(
    String workspaceId,
    String id,
    String toolId,
    int version,
    String userId,
    @Nullable String runId,
    @Nullable String stepKey,
    String door,
    String state,
    @Nullable String outcome,
    @Nullable String errorType,
    @Nullable String error,
    long durationMicros,
    int attempts,
    JsonNode input,
    @Nullable String output,
    List<String> logs,
    BigDecimal price,
    BigDecimal due) {
  /// That a call is about to be made whose effect must not happen twice.
  static CallRecord intent(Caller caller, Tool tool, JsonNode arguments, CallContext context) {
    return new CallRecord(
        caller.workspaceId(),
        context.callId(),
        tool.id(),
        tool.version(),
        caller.userId(),
        null,
        null,
        context.door(),
        "intent",
        null,
        null,
        null,
        0,
        0,
        arguments,
        null,
        List.of(),
        BigDecimal.ZERO,
        BigDecimal.ZERO);
  }
}
