package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Journal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The circumstances of a call.
///
/// @param door through which it came: `test`, `run`, `mcp`, `hub` or `catalog`
/// @param callId names the record
/// @param idempotencyKey sent with every attempt; the same when the caller repeats the same request
/// @param given what the caller passes to the tool; the server's own names win over it
/// @param journal of the run, so that the call may wait for an answer; null outside of runs
/// @param deadline after which the whole call, or what comes before a wait, is over, retries
///   included
/// @param action what the call costs, by the price list
/// @param paid it was charged already
/// @param approved a person approved it
/// @param progress hears how far the tool is; null: nobody follows the call
public record CallContext(
    String door,
    String callId,
    String idempotencyKey,
    @Nullable String runId,
    @Nullable String stepKey,
    @Nullable String agentId,
    @Nullable Journal journal,
    ObjectNode given,
    Duration deadline,
    PricedAction action,
    boolean paid,
    boolean approved,
    @Nullable Consumer<Progress> progress) {

  /// A call that somebody waits for.
  ///
  /// @param clientKey the request's `Idempotency-Key`, if it had one: a repeated request reaches
  ///   the receiver under the same key too
  public static CallContext direct(
      String door,
      Caller caller,
      Tool tool,
      ObjectNode given,
      PricedAction action,
      @Nullable String clientKey) {
    var id = Ids.next("call");
    var key =
        clientKey == null
            ? id
            : "call_" + digest(caller.userId() + '\n' + tool.id() + '\n' + clientKey);
    return new CallContext(
        door,
        id,
        key,
        null,
        null,
        null,
        null,
        given,
        tool.timeout().multipliedBy(2),
        action,
        false,
        false,
        null);
  }

  /// A step of a run.
  public static CallContext inRun(
      Journal journal, String stepKey, String agentId, ObjectNode given, Duration deadline) {
    return new CallContext(
        "run",
        Ids.next("call"),
        journal.idempotencyKey(stepKey),
        journal.run().id(),
        stepKey,
        agentId,
        journal,
        given,
        deadline,
        PricedAction.TOOL_CALL,
        false,
        false,
        null);
  }

  /// The same call under the name it had before.
  CallContext as(String earlierId) {
    return with(earlierId, approved, progress);
  }

  /// The same call, which a person approved.
  public CallContext asApproved() {
    return with(callId, true, progress);
  }

  /// The same call with somebody who follows it.
  public CallContext followedBy(Consumer<Progress> follower) {
    return with(callId, approved, follower);
  }

  private CallContext with(String id, boolean isApproved, @Nullable Consumer<Progress> follower) {
    return new CallContext(
        door,
        id,
        idempotencyKey,
        runId,
        stepKey,
        agentId,
        journal,
        given,
        deadline,
        action,
        paid,
        isApproved,
        follower);
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

  private static String digest(String text) {
    try {
      var sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sum, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
