package dev.toolwright.workflow;

import dev.toolwright.account.Caller;
import dev.toolwright.approval.ApprovalRule;
import dev.toolwright.approval.Decision;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.run.Children;
import dev.toolwright.run.Effect;
import dev.toolwright.run.Journal;
import dev.toolwright.run.Priority;
import dev.toolwright.run.RunEvent;
import dev.toolwright.run.RunState;
import dev.toolwright.run.Step;
import dev.toolwright.run.Wait;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.CallSteps;
import dev.toolwright.tool.Tool;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What the steps of one run do, each as a step of its journal, on behalf of the run's user as they
/// are now.
final class Acts {
  private static final Duration LONGEST = Duration.ofDays(366);

  private final Journal journal;
  private final Caller caller;
  private final WorkflowProgram.Parts parts;

  Acts(Journal journal, Caller caller, WorkflowProgram.Parts parts) {
    this.journal = journal;
    this.caller = caller;
    this.parts = parts;
  }

  /// What a step of the journal comes to, whatever it did: all keep their results in one shape.
  static StepEnd end(Step step) {
    return switch (step.state()) {
      case WAITING, UNKNOWN, INTENT -> new StepEnd.Waiting(List.of(step));
      case DONE, FAILED -> {
        var made = CallSteps.made(step);
        var value = made.value();
        yield made.errorType() == null
            ? new StepEnd.Completed(value == null ? Json.object() : value, made.duration())
            : new StepEnd.Failed(
                made.errorType(), String.valueOf(made.error()), value, made.duration());
      }
    };
  }

  Decision approved(String key, GraphStep step, JsonNode parameters, ApprovalRule rule)
      throws InterruptedException {
    return parts.approvals().ask(journal, key + "/approval", step.title(), parameters, rule);
  }

  // Tools

  StepEnd call(String key, GraphStep step, String toolId, String name, JsonNode parameters)
      throws InterruptedException {
    if (!(parameters instanceof ObjectNode arguments)) {
      return new StepEnd.Failed("validation_error", "The parameters are no object");
    }
    var version = journal.pinned().path("tools").path(toolId).asInt();
    var tool = parts.tools().pinned(caller, toolId, version).orElse(null);
    return end(
        parts
            .calls()
            .perform(journal, key, caller, tool, name, arguments, context(key, step, tool)));
  }

  private CallContext context(String key, GraphStep step, @Nullable Tool tool) {
    var given = journal.input().path("context") instanceof ObjectNode sent ? sent : Json.object();
    return CallContext.inRun(journal, key, "", given, deadline(step, tool));
  }

  /// Room for the attempts of a tool that may be repeated, within what the step and the run have
  /// left.
  private Duration deadline(GraphStep step, @Nullable Tool tool) {
    var room =
        step.timeoutSeconds() != null
            ? Duration.ofSeconds(step.timeoutSeconds())
            : tool == null ? Duration.ZERO : tool.timeout().multipliedBy(2).plusSeconds(5);
    return shorter(room, journal.remaining());
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  // Runs of their own

  StepEnd agent(String key, GraphStep step, String agentId, JsonNode parameters, Scope scope)
      throws InterruptedException {
    var version = journal.pinned().path("agents").path(agentId).asInt();
    return child(
        key,
        step.title(),
        (runId, parent, inTx) ->
            parts
                .agents()
                .start(
                    caller,
                    AgentCall.of(agentId, parameters, scope, timeout(step)),
                    version,
                    runId,
                    parent,
                    inTx));
  }

  StepEnd workflow(String key, GraphStep step, String workflowId, JsonNode input)
      throws InterruptedException {
    var version = journal.pinned().path("workflows").path(workflowId).asInt();
    var context =
        journal.input().path("context") instanceof ObjectNode given ? given : Json.object();
    return child(
        key,
        step.title(),
        (runId, parent, inTx) ->
            parts
                .workflows()
                .start(
                    caller,
                    workflowId,
                    version,
                    new WorkflowRuns.Order(input, context, null, timeout(step), Priority.NORMAL),
                    runId,
                    parent,
                    inTx));
  }

  private Duration timeout(GraphStep step) {
    return step.timeoutSeconds() == null
        ? journal.remaining()
        : shorter(Duration.ofSeconds(step.timeoutSeconds()), journal.remaining());
  }

  private StepEnd child(String key, String name, Children.Start start) throws InterruptedException {
    return end(
        parts
            .children()
            .perform(
                journal,
                Step.intent(key, Effect.NONE, name, null),
                start,
                child -> finished(name, child),
                refusal -> failed(type(refusal), String.valueOf(refusal.getMessage()))));
  }

  private static String type(Problem problem) {
    return switch (problem.kind()) {
      case PAYMENT_REQUIRED -> "insufficient_credits";
      case FORBIDDEN, NOT_FOUND -> "permission_error";
      case UNPROCESSABLE -> "nested_too_deep";
      default -> "validation_error";
    };
  }

  private static Journal.Acted finished(String name, Children.Ended child) {
    var run = child.run();
    var told = Json.object().put("name", name).put("run_id", run.id());
    told.put("status", run.state().shown());
    var kept = Json.object().put("duration_us", 1_000 * took(run.startedAt(), run.endedAt()));
    kept.put("run_id", run.id());
    var done = run.state() == RunState.COMPLETED;
    if (done) {
      kept.set("value", shortened(child.result()));
    } else {
      var error = child.error() == null ? Json.object() : child.error();
      kept.put("error_type", error.path("type").asString("execution_error"));
      kept.put("error", error.path("message").asString(""));
    }
    return new Journal.Acted(
        done ? Step.State.DONE : Step.State.FAILED,
        done ? kept : null,
        done ? null : kept,
        List.of(RunEvent.of("child", told)),
        List.of(),
        "Going on");
  }

  private static long took(@Nullable Instant from, @Nullable Instant to) {
    return from == null || to == null ? 0 : Math.max(0, Duration.between(from, to).toMillis());
  }

  /// Without what the child's own job shows.
  private static JsonNode shortened(@Nullable JsonNode result) {
    if (result instanceof ObjectNode whole) {
      var shortened = whole.deepCopy();
      shortened.remove("tool_calls");
      return shortened;
    }
    return result == null ? Json.object() : result;
  }

  // Waits

  StepEnd event(String key, GraphStep step, String name) throws InterruptedException {
    var time = step.timeoutSeconds() == null ? null : Duration.ofSeconds(step.timeoutSeconds());
    var question = Json.object().put("event", name).put("step_id", step.id());
    return end(
        journal.perform(
            Step.intent(key, Effect.NONE, step.id(), null),
            _ -> opened(key, Wait.EVENT, time, question, "Waiting for the event " + name),
            (_, answer) ->
                answer.value() == null
                    ? failed("timeout", "The event " + name + " did not come in time (timeout)")
                    : done(
                        Objects.requireNonNullElseGet(answer.value().get("data"), Json::object))));
  }

  StepEnd pause(String key, String stepId, @Nullable JsonNode seconds, @Nullable JsonNode until)
      throws InterruptedException {
    if (seconds != null) {
      var length = seconds.isNumber() ? seconds.doubleValue() : -1;
      return length >= 0 && length <= LONGEST.toSeconds()
          ? pause(key, stepId, Duration.ofMillis(Math.round(length * 1000)))
          : new StepEnd.Failed(
              "validation_error", "seconds is no number from 0 to " + LONGEST.toSeconds());
    }
    try {
      var end = Instant.parse(until == null ? "" : until.asString(""));
      var left = Duration.between(parts.clock().instant(), end);
      return pause(key, stepId, left.isNegative() ? Duration.ZERO : shorter(left, LONGEST));
    } catch (DateTimeException e) {
      return new StepEnd.Failed(
          "validation_error", "until is no time such as 2026-01-31T12:00:00Z");
    }
  }

  StepEnd pause(String key, String stepId, Duration time) throws InterruptedException {
    return end(
        journal.perform(
            Step.intent(key, Effect.NONE, stepId, null),
            _ ->
                time.isZero()
                    ? done(Json.object())
                    : opened(
                        key,
                        Wait.TIMER,
                        time,
                        Json.object().put("step_id", stepId),
                        "Waiting for its time"),
            (_, _) -> done(Json.object())));
  }

  private Journal.Acted opened(
      String key, String reason, @Nullable Duration time, ObjectNode question, String current) {
    journal.open(key, reason, time, null, question);
    return new Journal.Acted(Step.State.WAITING, null, null, List.of(), List.of(), current);
  }

  private static Journal.Acted done(JsonNode value) {
    var kept = Json.object().put("duration_us", 0).set("value", value);
    return new Journal.Acted(Step.State.DONE, kept, null, List.of(), List.of(), "Going on");
  }

  private static Journal.Acted failed(String type, String message) {
    var kept = Json.object().put("duration_us", 0).put("error_type", type).put("error", message);
    return new Journal.Acted(Step.State.FAILED, null, kept, List.of(), List.of(), "Going on");
  }
}
