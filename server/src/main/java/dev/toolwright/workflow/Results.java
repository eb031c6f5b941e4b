package dev.toolwright.workflow;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a workflow's run has come to, as both faces show it.
final class Results {
  private Results() {}

  /// One step: `status` and what belongs to it.
  static ObjectNode shown(StepEnd end) {
    var shown = Json.object();
    switch (end) {
      case StepEnd.Completed(var result, var time) ->
          shown
              .put("status", "completed")
              .put("execution_time", seconds(time))
              .set("result", result);
      case StepEnd.Failed(var type, var message, var result, var time) -> {
        shown.put("status", "failed").put("error", message).put("error_type", type);
        shown.put("execution_time", seconds(time));
        if (result != null) {
          shown.set("result", result);
        }
      }
      case StepEnd.Skipped(var reason, var says) ->
          shown.put("status", "skipped").put("reason", reason).put("message", says);
      case StepEnd.Waiting _ -> shown.put("status", "waiting");
    }
    return shown;
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1e3;
  }

  static List<String> failed(Map<String, StepEnd> ends) {
    return ids(ends, StepEnd.Failed.class);
  }

  static List<String> completed(Map<String, StepEnd> ends) {
    return ids(ends, StepEnd.Completed.class);
  }

  private static List<String> ids(Map<String, StepEnd> ends, Class<? extends StepEnd> kind) {
    var ids = new ArrayList<String>();
    ends.forEach((id, end) -> {
      if (kind.isInstance(end)) {
        ids.add(id);
      }
    });
    return ids;
  }

  /// The whole, in the order of declaration.
  ///
  /// @param output null: nothing completed
  static ObjectNode of(
      Graph graph, String status, Map<String, StepEnd> ends, @Nullable JsonNode output) {
    var result = Json.object().put("status", status);
    completed(ends).forEach(result.putArray("steps_completed")::add);
    failed(ends).forEach(result.putArray("steps_failed")::add);
    var results = result.putObject("results");
    for (var step : graph.steps()) {
      var end = ends.get(step.id());
      if (end != null) {
        results.set(step.id(), shown(end));
      }
    }
    return result.set("output", output);
  }

  /// The list of the Agents face: the steps that ran or were skipped, `step` from 1, `output`
  /// always a text.
  static JsonNode list(Graph graph, Map<String, StepEnd> ends) {
    var list = Json.array();
    for (var i = 0; i < graph.steps().size(); i++) {
      var step = graph.steps().get(i);
      var end = ends.get(step.id());
      if (end == null) {
        continue;
      }
      var entry = list.addObject().put("step", i + 1).put("role", step.title());
      if (step.action() instanceof Action.RunAgent(var agent, _)) {
        entry.put("agent_id", agent);
      }
      entry.put("status", Results.shown(end).path("status").asString(""));
      entry.put("output", end instanceof StepEnd.Completed(var result, _) ? text(result) : "");
      switch (end) {
        case StepEnd.Failed failed -> entry.put("error", failed.message());
        case StepEnd.Skipped skipped ->
            entry.put("reason", skipped.reason()).put("message", skipped.says());
        case StepEnd.Completed _, StepEnd.Waiting _ -> {}
      }
    }
    return list;
  }

  /// A result as a text: of an agent, what it answered.
  static String text(JsonNode result) {
    var response = result.get("response");
    var said = response == null ? result : response;
    return said.isString() ? said.stringValue() : Json.write(said);
  }
}
