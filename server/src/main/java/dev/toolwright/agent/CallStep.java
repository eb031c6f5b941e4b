package dev.toolwright.agent;

import dev.toolwright.account.Caller;
import dev.toolwright.approval.Decision;
import dev.toolwright.artifact.Artifact;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.json.SchemaExample;
import dev.toolwright.model.ChatMessage;
import dev.toolwright.model.ToolUse;
import dev.toolwright.run.Effect;
import dev.toolwright.run.Journal;
import dev.toolwright.run.RunEvent;
import dev.toolwright.run.Step;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.CallResult;
import dev.toolwright.tool.CallSteps;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Suspended;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The tool calls of one answer of the model, journalled, in parallel. A call that cannot be
/// carried out is answered to the model with the fault and an example, and never ends the run.
final class CallStep {
  /// More in one answer are refused, not run.
  private static final int MAX_CALLS = 32;

  /// Longer results are shown by their first characters.
  private static final int MAX_PREVIEWED = 32_000;

  private static final int PREVIEW = 2_000;

  /// Of a result, in characters, that the model is shown.
  private static final int MAX_SHOWN = 100_000;

  private final ToolCalls toolCalls;
  private final CallSteps steps;

  CallStep(ToolCalls toolCalls, CallSteps steps) {
    this.toolCalls = toolCalls;
    this.steps = steps;
  }

  /// What is stored before a call with an effect begins. Calls that only read, and those that will
  /// be refused, need none.
  static Optional<Step> intent(int turn, int index, ToolUse use, @Nullable Tool tool) {
    if (tool == null
        || tool.needsApproval() // it begins when it was approved
        || index >= MAX_CALLS
        || parsed(use.arguments()).isEmpty()) {
      return Optional.empty();
    }
    var effect = tool.content().behavior().effect();
    return effect == Effect.NONE
        ? Optional.empty()
        : Optional.of(planned(turn, index, use, effect));
  }

  private static Step planned(int turn, int index, ToolUse use, Effect effect) {
    var request = Json.object();
    request.set("arguments", parsed(use.arguments()).orElse(Json.object()));
    return Step.intent(key(turn, index), effect, use.name(), request);
  }

  private static String key(int turn, int index) {
    return "turn/" + turn + "/call/" + (index + 1);
  }

  /// The steps in the order of the calls; some may be UNKNOWN.
  List<Step> perform(
      Journal journal, int turn, Caller caller, List<ToolUse> uses, Map<String, Tool> usable)
      throws InterruptedException {
    if (uses.size() == 1) {
      return List.of(perform(journal, turn, 0, caller, uses.getFirst(), usable));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<Future<Step>>();
      for (var i = 0; i < uses.size(); i++) {
        var index = i;
        running.add(
            threads.submit(() -> perform(journal, turn, index, caller, uses.get(index), usable)));
      }
      var steps = new ArrayList<Step>();
      for (var one : running) {
        steps.add(result(one));
      }
      return steps;
    }
  }

  private static Step result(Future<Step> running) throws InterruptedException {
    try {
      return running.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case InterruptedException interrupted -> throw interrupted;
        case RuntimeException failure -> throw failure;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  private Step perform(
      Journal journal, int turn, int index, Caller caller, ToolUse use, Map<String, Tool> usable)
      throws InterruptedException {
    var tool = usable.get(use.name());
    if (tool != null && tool.needsApproval() && refused(index, use, tool, usable) == null) {
      return switch (steps.approved(journal, key(turn, index), tool, arguments(use))) {
        case Decision.Waiting(var step) -> step;
        case Decision.Granted(var granted) ->
            performed(
                journal,
                turn,
                index,
                caller,
                new ToolUse(use.id(), use.name(), Json.write(granted)),
                usable,
                true);
        case Decision.Refused(var type, var message) ->
            journal.perform(
                planned(turn, index, use, Effect.NONE),
                _ -> failed(turn, use, error(type, message)));
      };
    }
    return performed(journal, turn, index, caller, use, usable, false);
  }

  private Step performed(
      Journal journal,
      int turn,
      int index,
      Caller caller,
      ToolUse use,
      Map<String, Tool> usable,
      boolean approved)
      throws InterruptedException {
    var tool = usable.get(use.name());
    var effect = tool == null ? Effect.NONE : tool.content().behavior().effect();
    if (!approved && intent(turn, index, use, tool).isEmpty()) {
      effect = Effect.NONE;
    }
    return journal.perform(
        planned(turn, index, use, effect),
        _ -> {
          var refused = refused(index, use, tool, usable);
          return refused != null || tool == null
              ? failed(turn, use, refused == null ? Json.object() : refused)
              : called(
                  journal,
                  turn,
                  use,
                  tool,
                  toolCalls.call(
                      caller,
                      tool,
                      arguments(use),
                      approved
                          ? context(journal, turn, index, tool).asApproved()
                          : context(journal, turn, index, tool)));
        },
        (step, answer) ->
            called(
                journal,
                turn,
                use,
                tool,
                toolCalls.resume(
                    caller,
                    tool,
                    arguments(use),
                    context(journal, turn, index, tool),
                    step,
                    answer)));
  }

  /// The record of the call is stored with the step.
  private static Journal.Acted called(
      Journal journal, int turn, ToolUse use, @Nullable Tool tool, CallResult result) {
    var acted = acted(journal, turn, use, tool, result);
    var record = result.record();
    return record == null ? acted : acted.with(record);
  }

  private static ObjectNode arguments(ToolUse use) {
    return parsed(use.arguments()).orElse(Json.object());
  }

  private static CallContext context(Journal journal, int turn, int index, @Nullable Tool tool) {
    return CallContext.inRun(
        journal,
        key(turn, index),
        journal.pinned().path("agent_id").asString(""),
        journal.input().path("context") instanceof ObjectNode given ? given : Json.object(),
        tool == null ? Duration.ZERO : deadline(journal, tool));
  }

  /// Room for the attempts of a tool that may be repeated, within what the run has left.
  private static Duration deadline(Journal journal, Tool tool) {
    var room = tool.timeout().multipliedBy(2).plusSeconds(5);
    return room.compareTo(journal.remaining()) < 0 ? room : journal.remaining();
  }

  /// Why a call is not even tried; null when it is.
  private static @Nullable ObjectNode refused(
      int index, ToolUse use, @Nullable Tool tool, Map<String, Tool> usable) {
    if (tool == null) {
      return error(
          "unknown_tool",
          "There is no tool "
              + use.name()
              + ". The tools are: "
              + String.join(", ", usable.keySet()));
    }
    if (index >= MAX_CALLS) {
      return error(
          "too_many_calls",
          "At most " + MAX_CALLS + " tools are called at once; call this one again");
    }
    if (parsed(use.arguments()).isEmpty()) {
      var error = error("validation_error", "The arguments are not a JSON object");
      error.set("example", SchemaExample.of(tool.content().parametersSchema()));
      return error;
    }
    return null;
  }

  private static ObjectNode error(String type, String message) {
    return Json.object().put("error_type", type).put("error", message);
  }

  private static Journal.Acted acted(
      Journal journal, int turn, ToolUse use, @Nullable Tool tool, CallResult result) {
    return switch (result.outcome()) {
      case Outcome.Suspended _ when tool != null ->
          new Journal.Acted(
              Step.State.WAITING,
              Json.tree(Suspended.of(result, tool)),
              null,
              List.of(),
              List.of(),
              "Waiting for the callback of " + tool.name());
      case Outcome.Succeeded succeeded when !journal.hasRoom(size(succeeded.value())) ->
          failed(
              turn,
              use,
              error(
                  "result_too_large",
                  "The job keeps too many large results already; ask for less"));
      case Outcome.Succeeded succeeded -> {
        var stored = Json.object();
        stored.set("value", succeeded.value());
        stored.put("duration_ms", result.duration().toMillis());
        yield new Journal.Acted(
            Step.State.DONE,
            stored,
            null,
            List.of(
                RunEvent.of(
                    "tool_result",
                    told(turn, use, true).set("result", preview(succeeded.value())))),
            List.of(),
            "Asking the model");
      }
      case Outcome.Unknown unknown ->
          new Journal.Acted(
              Step.State.UNKNOWN,
              null,
              error("outcome_unknown", unknown.message()).set("sent", unknown.sent()),
              List.of(),
              List.of(),
              "Waiting: outcome unknown");
      case Outcome.Invalid invalid -> {
        var error = error("validation_error", String.join("; ", invalid.faults()));
        error.set("example", invalid.example());
        yield failed(turn, use, error);
      }
      case Outcome other -> {
        var error = error(String.valueOf(other.errorType()), String.valueOf(other.error()));
        if (other.value() != null) {
          error.set("result", other.value());
        }
        yield failed(turn, use, error);
      }
    };
  }

  private static int size(JsonNode value) {
    return Json.bytes(value).length;
  }

  /// A value as events and the job's result show it: large ones by their beginning. The model is
  /// shown more of it.
  private static JsonNode preview(JsonNode value) {
    var text = value.isString() ? value.asString() : Json.write(value);
    return text.length() <= MAX_PREVIEWED
        ? value
        : Json.object()
            .put("preview", text.substring(0, PREVIEW))
            .put("characters", text.length())
            .put("truncated", true);
  }

  private static Journal.Acted failed(int turn, ToolUse use, ObjectNode error) {
    var data = told(turn, use, false);
    data.setAll(error);
    return new Journal.Acted(
        Step.State.FAILED,
        null,
        error,
        List.of(RunEvent.of("tool_result", data)),
        List.of(),
        "Asking the model");
  }

  private static ObjectNode told(int turn, ToolUse use, boolean success) {
    return Json.object()
        .put("step", turn)
        .put("id", use.id())
        .put("name", use.name())
        .put("success", success);
  }

  /// What the model is told of an ended step.
  static ChatMessage answer(ToolUse use, Step step) {
    var failed = step.state() != Step.State.DONE;
    var content = failed ? step.error() : value(step);
    var text = content == null ? "" : content.isString() ? content.asString() : Json.write(content);
    return new ChatMessage.ToolAnswer(
        use.id(),
        use.name(),
        text.length() <= MAX_SHOWN
            ? text
            : text.substring(0, MAX_SHOWN) + "… (cut: " + text.length() + " characters in all)",
        failed);
  }

  /// Whether the call gave more than its preview.
  static boolean isArtifact(Step step) {
    return Artifact.isHandle(step.error() == null ? value(step) : step.error().path("result"));
  }

  /// What the job's result shows of it.
  static JsonNode shown(ToolUse use, Step step) {
    var shown = Json.object().put("id", use.id()).put("name", use.name());
    parsed(use.arguments())
        .ifPresentOrElse(
            arguments -> shown.set("arguments", arguments),
            () -> shown.put("arguments", use.arguments()));
    shown.put("success", step.state() == Step.State.DONE);
    if (step.state() == Step.State.DONE) {
      var value = value(step);
      shown.set("result", value == null ? null : preview(value));
    } else if (step.error() instanceof ObjectNode error) {
      shown.setAll(error);
    }
    return shown;
  }

  /// A person who resolves a step gives the result itself; a call stores it with its duration.
  private static @Nullable JsonNode value(Step step) {
    var result = step.result();
    return result != null && result.has("duration_ms") && result.has("value")
        ? result.get("value")
        : result;
  }

  private static Optional<ObjectNode> parsed(String arguments) {
    try {
      return Json.parse(arguments.isBlank() ? "{}" : arguments) instanceof ObjectNode object
          ? Optional.of(object)
          : Optional.empty();
    } catch (MalformedJson e) {
      return Optional.empty();
    }
  }
}
