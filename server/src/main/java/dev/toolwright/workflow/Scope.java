package dev.toolwright.workflow;

import dev.toolwright.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What references and conditions can name at some place of a workflow: `input` and its fields, the
/// keys of `context`, `steps.<id>`, `results.<id>`, `step_<id>_result`, `previous` (the result of
/// the step that ended last, in a loop of the iteration before); in a loop also `item` and `index`.
/// The server's own names win over those of the input and the context.
final class Scope {
  private final Map<String, JsonNode> names;

  private Scope(Map<String, JsonNode> names) {
    this.names = names;
  }

  static Scope of(JsonNode input, JsonNode context) {
    var names = new LinkedHashMap<String, JsonNode>();
    input.properties().forEach(field -> names.put(field.getKey(), field.getValue()));
    context.properties().forEach(field -> names.put(field.getKey(), field.getValue()));
    names.put("input", input);
    names.put("context", context);
    names.put("steps", Json.object());
    names.put("results", Json.object());
    return new Scope(names);
  }

  Map<String, JsonNode> names() {
    return names;
  }

  Scope with(String name, JsonNode value) {
    var more = new LinkedHashMap<>(names);
    more.put(name, value);
    return new Scope(more);
  }

  /// The same with what has become of steps, those before still known.
  Scope with(Map<String, StepEnd> ends) {
    if (ends.isEmpty()) {
      return this;
    }
    var more = new LinkedHashMap<>(names);
    var steps = copy("steps");
    var results = copy("results");
    ends.forEach((id, end) -> {
      steps.set(id, Results.shown(end));
      if (end instanceof StepEnd.Completed(var result, _)) {
        results.set(id, result);
        var data = result.get("data");
        more.put("step_" + id + "_result", data == null ? result : data);
        more.put("previous", result);
      }
    });
    more.put("steps", steps);
    more.put("results", results);
    return new Scope(more);
  }

  private ObjectNode copy(String name) {
    var copy = Json.object();
    if (names.get(name) instanceof ObjectNode known) {
      copy.setAll(known);
    }
    return copy;
  }
}
