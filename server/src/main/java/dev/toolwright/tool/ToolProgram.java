package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Members;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Halt;
import dev.toolwright.run.Journal;
import dev.toolwright.run.Program;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunData;
import dev.toolwright.run.RunState;
import dev.toolwright.run.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A run that is one call of a tool. Its only journal key is `call`.
public final class ToolProgram implements Program {
  static final String NAME = "tool/1";
  static final String STEP = "call";

  private final Members members;
  private final Tools tools;
  private final CallSteps calls;

  public ToolProgram(Members members, Tools tools, CallSteps calls) {
    this.members = members;
    this.tools = tools;
    this.calls = calls;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Halt run(Journal journal) throws InterruptedException {
    var caller = caller(journal);
    var tool = caller.flatMap(c -> pinned(c, journal)).orElse(null);
    if (caller.isEmpty() || (tool == null && journal.step(STEP).isEmpty())) {
      return new Halt.Failed(
          "permission_error", "The user of this call may not make it any more", null);
    }
    var step = performed(journal, caller.get(), tool);
    var waits = journal.waits(List.of(step));
    if (!waits.isEmpty()) {
      return new Halt.Parked(waits);
    }
    var shown = shown(journal.run(), step);
    return step.state() == Step.State.DONE
        ? new Halt.Completed(shown)
        : new Halt.Failed(
            shown.path("error_type").asString("execution_error"),
            shown.path("error").asString(""),
            shown);
  }

  private Step performed(Journal journal, Caller caller, @Nullable Tool tool)
      throws InterruptedException {
    var arguments =
        journal.input().path("arguments") instanceof ObjectNode given ? given : Json.object();
    var name = journal.pinned().path("name").asString("");
    return calls.perform(journal, STEP, caller, tool, name, arguments, context(journal, tool));
  }

  /// The user as they are now, who must still be let in where the call came from.
  private Optional<Caller> caller(Journal journal) {
    var run = journal.run();
    var group =
        switch (journal.input().path("door").asString("")) {
          case "mcp" -> "mcp";
          case "execute" -> "custom-tools";
          default -> "tools";
        };
    return members.find(run.workspaceId(), run.userId(), group);
  }

  private Optional<Tool> pinned(Caller caller, Journal journal) {
    var pinned = journal.pinned();
    return tools.pinned(
        caller, pinned.path("tool_id").asString(""), pinned.path("version").asInt());
  }

  private static CallContext context(Journal journal, @Nullable Tool tool) {
    var input = journal.input();
    return new CallContext(
        input.path("door").asString(""),
        Ids.as("call", journal.run().id()),
        input.path("idempotency_key").asString(""),
        journal.run().id(),
        STEP,
        null,
        journal,
        input.path("context") instanceof ObjectNode given ? given : Json.object(),
        tool == null ? Duration.ZERO : tool.timeout().multipliedBy(2),
        PricedAction.valueOf(input.path("action").asString("")),
        true,
        false,
        null);
  }

  /// What the job shows of the call.
  private static ObjectNode shown(Run run, Step step) {
    var made = CallSteps.made(step);
    var shown = Json.object().put("success", step.state() == Step.State.DONE);
    shown.set("result", made.value());
    if (step.state() == Step.State.FAILED) {
      shown.put("error", made.error()).put("error_type", made.errorType());
    }
    shown.put("execution_time_ms", made.duration().toNanos() / 1e6);
    shown.set("logs", made.logs());
    return shown.put("attempts", made.attempts()).put("call_id", Ids.as("call", run.id()));
  }

  /// What came of the call of a run that has ended.
  static CallResult result(Run run, RunData data) {
    var shown = data.result();
    var outcome = outcome(run, data);
    var logs = new ArrayList<String>();
    if (shown != null) {
      shown.path("logs").forEach(line -> logs.add(line.asString("")));
    }
    return new CallResult(
        Ids.as("call", run.id()),
        outcome,
        logs,
        shown == null
            ? Duration.ZERO
            : Duration.ofNanos(Math.round(shown.path("execution_time_ms").asDouble() * 1e6)),
        shown == null ? 0 : shown.path("attempts").asInt(),
        null,
        null);
  }

  private static Outcome outcome(Run run, RunData data) {
    var shown = data.result();
    var error = data.error();
    if (run.state() == RunState.COMPLETED && shown != null) {
      return new Outcome.Succeeded(shown.path("result"));
    }
    if (run.state() == RunState.CANCELLED) {
      return new Outcome.Cancelled();
    }
    return new Outcome.Failed(
        error == null ? "execution_error" : error.path("type").asString("execution_error"),
        error == null ? "" : error.path("message").asString(""),
        shown == null || shown.path("result").isNull() ? null : shown.path("result"),
        false);
  }
}
