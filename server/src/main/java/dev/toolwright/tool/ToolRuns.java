package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.credit.Credits;
import dev.toolwright.database.Database;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.NewRun;
import dev.toolwright.run.Run;
import dev.toolwright.run.Runs;
import dev.toolwright.run.Wait;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Calls of somebody who waits for the result. Most are made at once; one that may have to wait for
/// an answer from outside becomes a run of a single step, which outlives whoever waits.
public final class ToolRuns {
  private static final Duration GLANCE = Duration.ofSeconds(1);

  private final Database database;
  private final ToolCalls calls;
  private final Credits credits;
  private final Runs runs;

  public ToolRuns(Database database, ToolCalls calls, Credits credits, Runs runs) {
    this.database = database;
    this.calls = calls;
    this.credits = credits;
    this.runs = runs;
  }

  /// Calls a tool that the caller may use; [Tools] gave it.
  ///
  /// @param patience how long a call is waited for that goes on without; its outcome is suspended
  ///   then, and names its run
  /// @throws dev.toolwright.http.Problem as [ToolCalls#call] has it
  public CallResult call(
      Caller caller, Tool tool, ObjectNode arguments, CallContext context, Duration patience)
      throws InterruptedException {
    if (!tool.maySuspend()) {
      return calls.call(caller, tool, arguments, context);
    }
    var refused = calls.refusal(caller, tool, arguments, context);
    if (refused.isPresent()) {
      return refused.get();
    }
    // Nobody waits on the line for a person.
    var wait = tool.needsApproval() && patience.compareTo(GLANCE) > 0 ? GLANCE : patience;
    var run = submitted(caller, tool, arguments, context);
    return result(tool.needsApproval() ? runs.awaitRest(run, wait) : runs.await(run, wait));
  }

  /// Waits for a call that went on in its run.
  ///
  /// @throws Problem 404 for a run that is not the caller's
  public CallResult await(Caller caller, String runId, Duration patience)
      throws InterruptedException {
    var run =
        runs.find(caller.workspaceId(), runId)
            .filter(one -> one.userId().equals(caller.userId()))
            .orElseThrow(() -> Problem.notFound("Job", Ids.as("job", runId)));
    return result(runs.await(run, patience));
  }

  /// It is charged with being accepted, as any call is with being made.
  private Run submitted(Caller caller, Tool tool, ObjectNode arguments, CallContext context) {
    var runId = Ids.as("run", context.callId());
    database.useTx(tx -> {
      credits.charge(tx, caller.workspaceId(), caller.userId(), context.action(), context.callId());
      runs.submit(
          tx,
          List.of(
              new NewRun(
                  runId,
                  caller.workspaceId(),
                  caller.userId(),
                  "tool",
                  ToolProgram.NAME,
                  input(arguments, context),
                  pinned(tool),
                  null,
                  null,
                  Runs.DEFAULT_TIMEOUT)));
    });
    runs.submitted();
    return runs.find(caller.workspaceId(), runId).orElseThrow();
  }

  private static JsonNode input(ObjectNode arguments, CallContext context) {
    var input = Json.object().put("door", context.door()).put("action", context.action().name());
    input.put("idempotency_key", context.idempotencyKey());
    input.set("arguments", arguments);
    return input.set("context", context.given());
  }

  private static JsonNode pinned(Tool tool) {
    return Json.object()
        .put("tool_id", tool.id())
        .put("version", tool.version())
        .put("name", tool.name());
  }

  private CallResult result(Run run) {
    return run.state().hasEnded()
        ? ToolProgram.result(run, runs.data(run))
        : new CallResult(
            Ids.as("call", run.id()),
            new Outcome.Suspended(wait(run)),
            List.of(),
            Duration.ZERO,
            0,
            run.id(),
            null);
  }

  private Wait wait(Run run) {
    return runs.openWaits(run).stream()
        .findFirst()
        .orElseGet(() -> Wait.forAnswer(ToolProgram.STEP, run.state().shown(), null));
  }
}
