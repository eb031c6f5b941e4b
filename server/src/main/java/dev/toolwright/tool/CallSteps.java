package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.approval.Approvals;
import dev.toolwright.approval.Decision;
import dev.toolwright.json.Json;
import dev.toolwright.run.Effect;
import dev.toolwright.run.Journal;
import dev.toolwright.run.RunEvent;
import dev.toolwright.run.Step;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tool calls as steps of runs.
public final class CallSteps {
  private final ToolCalls calls;
  private final Approvals approvals;

  public CallSteps(ToolCalls calls, Approvals approvals) {
    this.calls = calls;
    this.approvals = approvals;
  }

  /// Asks a person where the tool wants that.
  ///
  /// @param key of the step of the call
  public Decision approved(Journal journal, String key, Tool tool, ObjectNode arguments)
      throws InterruptedException {
    var rule = tool.content().approval();
    return rule != null && tool.needsApproval()
        ? approvals.ask(journal, key + "/approval", tool.name(), arguments, rule)
        : new Decision.Granted(arguments);
  }

  /// Performs a call as the step of this key. The record of the call is stored with the step.
  ///
  /// @param tool null: the caller may not use it, or not any more
  /// @param name of the tool, for who follows the run
  public Step perform(
      Journal journal,
      String key,
      Caller caller,
      @Nullable Tool tool,
      String name,
      ObjectNode arguments,
      CallContext context)
      throws InterruptedException {
    if (tool == null || !tool.needsApproval()) {
      return called(journal, key, caller, tool, name, arguments, context);
    }
    return switch (approved(journal, key, tool, arguments)) {
      case Decision.Waiting(var step) -> step;
      case Decision.Granted(var granted) ->
          called(
              journal,
              key,
              caller,
              tool,
              name,
              granted instanceof ObjectNode object ? object : arguments,
              context.asApproved());
      case Decision.Refused(var type, var message) -> refused(journal, key, name, type, message);
    };
  }

  private static Step refused(Journal journal, String key, String name, String type, String message)
      throws InterruptedException {
    var outcome = new Outcome.Failed(type, message, null, false);
    return journal.perform(
        Step.intent(key, Effect.NONE, name, null),
        _ ->
            ended(
                journal,
                name,
                new CallResult("", outcome, List.of(), Duration.ZERO, 0, null, null)));
  }

  private Step called(
      Journal journal,
      String key,
      Caller caller,
      @Nullable Tool tool,
      String name,
      ObjectNode arguments,
      CallContext context)
      throws InterruptedException {
    var request = Json.object();
    request.set("arguments", arguments);
    var effect =
        tool == null
            ? journal.step(key).map(Step::effect).orElse(Effect.NONE)
            : tool.content().behavior().effect();
    return journal.perform(
        Step.intent(key, effect, name, request),
        _ ->
            tool == null
                ? ended(journal, name, denied())
                : acted(journal, tool, calls.call(caller, tool, arguments, context)),
        (step, answer) -> {
          var result = calls.resume(caller, tool, arguments, context, step, answer);
          return tool == null
              ? with(result, ended(journal, name, result))
              : acted(journal, tool, result);
        });
  }

  private static CallResult denied() {
    var outcome = new Outcome.Denied("You may not use this tool, or not any more");
    return new CallResult("", outcome, List.of(), Duration.ZERO, 0, null, null);
  }

  private static Journal.Acted acted(Journal journal, Tool tool, CallResult result) {
    return with(
        result,
        switch (result.outcome()) {
          case Outcome.Suspended _ ->
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
          default -> ended(journal, tool.name(), result);
        });
  }

  private static Journal.Acted with(CallResult result, Journal.Acted acted) {
    var record = result.record();
    return record == null ? acted : acted.with(record);
  }

  private static Journal.Acted ended(Journal journal, String name, CallResult result) {
    var outcome = fitting(journal, result.outcome());
    var stored = Json.object().put("duration_us", result.duration().toNanos() / 1_000);
    stored.put("attempts", result.attempts()).set("value", outcome.value());
    result.logs().forEach(stored.putArray("logs")::add);
    var told = Json.object().put("id", result.callId()).put("name", name);
    told.put("success", outcome.succeeded());
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
        "Going on");
  }

  private static Outcome fitting(Journal journal, Outcome outcome) {
    return outcome instanceof Outcome.Succeeded(var value)
            && !journal.hasRoom(Json.bytes(value).length)
        ? new Outcome.Failed(
            "result_too_large",
            "The job keeps too many large results already; ask for less",
            null,
            false)
        : outcome;
  }

  /// What a call, or another step that keeps its result in the same shape (`duration_us`, `value`,
  /// `error_type`, `error`), came to.
  ///
  /// @param value null unless the tool gave one
  /// @param error of a call that failed, with its type; both null when it succeeded
  public record Made(
      @Nullable JsonNode value,
      @Nullable String errorType,
      @Nullable String error,
      Duration duration,
      int attempts,
      JsonNode logs) {}

  /// A person who resolves a step gives the result itself; a call stores it with its duration.
  public static Made made(Step step) {
    var done = step.state() == Step.State.DONE;
    var kept = done ? step.result() : step.error();
    if (kept == null || !kept.has("duration_us")) {
      return new Made(
          done ? kept : null,
          done || kept == null ? null : kept.path("error_type").asString("execution_error"),
          done || kept == null ? null : kept.path("error").asString(""),
          Duration.ZERO,
          0,
          Json.array());
    }
    return new Made(
        kept.get("value"),
        done ? null : kept.path("error_type").asString("execution_error"),
        done ? null : kept.path("error").asString(""),
        Duration.ofNanos(kept.path("duration_us").asLong() * 1_000),
        kept.path("attempts").asInt(),
        kept.has("logs") ? kept.path("logs") : Json.array());
  }
}
