package dev.toolwright.workflow;

import dev.toolwright.expression.References;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Finds references to steps that cannot have run where they stand.
final class ReferenceCheck {
  private static final Pattern RESULT = Pattern.compile("step_(.+)_result");

  private final Fields in;
  private final Set<String> ids = new HashSet<>();

  ReferenceCheck(Fields in) {
    this.in = in;
  }

  void check(Graph graph) {
    graph.all().forEach(step -> ids.add(step.id()));
    check(graph.steps(), "steps", Set.of());
    if (graph.output() != null) {
      var all = graph.steps().stream().map(GraphStep::id).collect(Collectors.toSet());
      check(graph.output(), "output", all);
    }
  }

  /// @param outer steps that have ended before these begin
  private void check(List<GraphStep> steps, String field, Set<String> outer) {
    var predecessors = Order.predecessors(steps);
    for (var i = 0; i < steps.size(); i++) {
      var step = steps.get(i);
      var place = field + "[" + i + "]";
      var before = new HashSet<>(outer);
      addBefore(predecessors, step.id(), before);
      switch (step.action()) {
        case Action.CallTool call -> check(call.parameters(), place + ".parameters", before);
        case Action.RunAgent run -> check(run.parameters(), place + ".parameters", before);
        case Action.RunWorkflow run -> check(run.parameters(), place + ".parameters", before);
        case Action.Pause(var seconds, var until) -> {
          check(or(seconds), place + ".wait", before);
          check(or(until), place + ".wait", before);
        }
        case Action.Block(var inner) -> check(inner, place + ".steps", before);
        case Action.AwaitEvent _, Action.Nothing _ -> {}
      }
      if (step.loop() != null) {
        check(or(step.loop().items()), place + ".loop.items", before);
      }
    }
  }

  private static JsonNode or(@Nullable JsonNode value) {
    return value == null ? Json.object() : value;
  }

  /// Adds what has ended whenever a step begins.
  private static void addBefore(
      Map<String, Set<String>> predecessors, String id, Set<String> ended) {
    for (var before : predecessors.getOrDefault(id, Set.of())) {
      if (ended.add(before)) {
        addBefore(predecessors, before, ended);
      }
    }
  }

  private void check(JsonNode tree, String field, Set<String> before) {
    References.visit(
        tree,
        path -> {
          var step = step(path);
          if (step == null || before.contains(step)) {
            return;
          }
          in.fault(
              field,
              ids.contains(step)
                  ? "refers to a step that cannot be sure to have run by then: "
                      + path
                      + "; name "
                      + step
                      + " in dependencies"
                  : "refers to no step: " + path);
        },
        malformed -> in.fault(field, "has a fault: " + malformed));
  }

  /// The step whose result is meant; null for anything else.
  private @Nullable String step(References.Path path) {
    var root = path.root();
    if ((root.equals("steps") || root.equals("results")) && path.segments().size() > 1) {
      return path.segments().get(1);
    }
    var result = RESULT.matcher(root);
    return result.matches() ? result.group(1) : null;
  }
}
