package dev.toolwright.tool;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Halt;
import dev.toolwright.run.Journal;
import dev.toolwright.run.Program;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunData;
import dev.toolwright.run.RunEvent;
import dev.toolwright.run.RunState;
import dev.toolwright.run.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A run that is one call of a tool. Its only journal key is `call`.
public final class ToolProgram implements Program {
  static final String NAME = "tool/1";
  static final String STEP = "call";

  private final Database database;
  private final Accounts accounts;
  private final Tools tools;
  private final ToolCalls calls;
  private final Fresh<String, Caller> users = new Fresh<>();

  public ToolProgram(Database database, Accounts accounts, Tools tools, ToolCalls calls) {
    this.database = database;
    this.accounts = accounts;
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
    var request = Json.object();
    request.set("arguments", arguments);
    var effect =
        tool == null
            ? journal.step(STEP).map(Step::effect).orElseThrow()
            : tool.content().behavior().effect();
    return journal.perform(
        Step.intent(STEP, effect, journal.pinned().path("name").asString(""), request),
        _ ->
            tool == null
                ? acted(new Outcome.Denied("You may not use this tool any more"))
                : acted(calls.call(caller, tool, arguments, context(journal, tool)), tool),
        (step, answer) ->
            acted(
                calls.resume(caller, tool, arguments, context(journal, tool), step, answer), tool));
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
    return users
        .get(
            run.userId(),
            () -> database.direct(tx -> accounts.user(tx, run.workspaceId(), run.userId())))
        .filter(caller -> caller.role().includes(Role.MEMBER) && caller.mayCall(group));
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
        true);
  }

  /// The record of the call is stored with the step.
  private static Journal.Acted acted(CallResult result, @Nullable Tool tool) {
    var acted =
        switch (result.outcome()) {
          case Outcome.Suspended _ when tool != null ->
              new Journal.Acted(
                  Step.State.WAITING,
                  Json.tree(Suspended.of(result, tool)),
                  null,
                  List.of(),
                  List.of(),
                  "Waiting for the callback of " + tool.name());
          case Outcome.Unknown unknown -> {
            var error = Json.object().put("error_type", "outcome_unknown");
            error.put("error", unknown.message()).set("sent", unknown.sent());
            yield new Journal.Acted(
                Step.State.UNKNOWN, null, error, List.of(), List.of(), "Waiting: outcome unknown");
          }
          case Outcome other -> acted(other, result);
        };
    var record = result.record();
    return record == null ? acted : acted.with(record);
  }

  private static Journal.Acted acted(Outcome outcome) {
    return acted(outcome, new CallResult("", outcome, List.of(), Duration.ZERO, 0, null, null));
  }

  private static Journal.Acted acted(Outcome outcome, CallResult result) {
    var stored = Json.object().put("duration_us", result.duration().toNanos() / 1_000);
    stored.put("attempts", result.attempts()).set("value", outcome.value());
    result.logs().forEach(stored.putArray("logs")::add);
    var told = Json.object().put("id", result.callId()).put("success", outcome.succeeded());
    if (!outcome.succeeded()) {
      stored.put("error_type", outcome.errorType()).put("error", outcome.error());
      told.put("error_type", outcome.errorType()).put("error", outcome.error());
    }
    var done = outcome.succeeded();
    return new Journal.Acted(
        done ? Step.State.DONE : Step.State.FAILED,
        done ? stored : null,
        done ? null : stored,
        List.of(RunEvent.of("tool_result", told)),
        List.of(),
        "Finishing");
  }

  /// What the job shows of the call. A person who resolves a step gives the result itself.
  private static ObjectNode shown(Run run, Step step) {
    var kept = step.state() == Step.State.DONE ? step.result() : step.error();
    var call = kept != null && kept.has("duration_us") ? kept : null;
    var shown = Json.object().put("success", step.state() == Step.State.DONE);
    shown.set(
        "result", call == null && step.state() == Step.State.DONE ? kept : field(call, "value"));
    if (step.state() == Step.State.FAILED && kept != null) {
      shown.set("error", kept.path("error"));
      shown.set("error_type", kept.path("error_type"));
    }
    shown.put("execution_time_ms", call == null ? 0 : call.path("duration_us").asLong() / 1e3);
    shown.set("logs", call == null ? Json.array() : call.path("logs"));
    shown.put("attempts", call == null ? 0 : call.path("attempts").asInt());
    return shown.put("call_id", Ids.as("call", run.id()));
  }

  private static @Nullable JsonNode field(@Nullable JsonNode object, String name) {
    return object == null ? null : object.get(name);
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
