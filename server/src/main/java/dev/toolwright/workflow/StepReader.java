package dev.toolwright.workflow;

import dev.toolwright.approval.ApprovalRule;
import dev.toolwright.expression.Condition;
import dev.toolwright.expression.MalformedCondition;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads the steps of a workflow and notes every fault, before anything runs.
final class StepReader {
  private static final String ID = "[A-Za-z0-9_-]{1,64}";
  private static final int LONGEST_SECONDS = 31_622_400;
  private static final int DEEPEST = 5;
  private static final List<String> TYPES =
      List.of("sequential", "parallel", "conditional", "loop");

  private final Known known;
  private final Set<String> ids = new HashSet<>();
  private int count;

  StepReader(Known known) {
    this.known = known;
  }

  /// Reads `steps` and `output`.
  ///
  /// @return null when it is at fault
  @Nullable Graph graph(Fields in) {
    if (!in.has("steps")) {
      in.fault("steps", "is required");
    }
    var output = in.any("output");
    var steps = steps(in, "steps", 1);
    if (count > Graph.MOST_STEPS) {
      in.fault("steps", "are more than " + Graph.MOST_STEPS + ", those inside others included");
    }
    if (steps == null) {
      return null;
    }
    var graph = new Graph(steps, output, false);
    new ReferenceCheck(in).check(graph);
    return graph;
  }

  private @Nullable List<GraphStep> steps(Fields in, String field, int depth) {
    var items = in.items(field, Graph.MOST_STEPS);
    if (items == null) {
      return null;
    }
    if (items.isEmpty()) {
      in.fault(field, "must not be empty");
    }
    if (depth > DEEPEST) {
      in.fault(field, "are nested deeper than " + DEEPEST + " levels");
      return null;
    }
    var steps = new ArrayList<GraphStep>();
    for (var item : items) {
      steps.add(step(item, depth));
    }
    new Order(in, field, steps).check();
    return steps;
  }

  private GraphStep step(Fields in, int depth) {
    count++;
    var id = in.pattern("step_id", ID, "must be 1 to 64 letters, digits, _ or -");
    if (!in.has("step_id")) {
      in.fault("step_id", "is required");
    } else if (id != null && !ids.add(id)) {
      in.fault("step_id", "is used twice: " + id);
    }
    var name = Objects.requireNonNullElse(id, "?" + count);
    var type = in.choice("step_type", TYPES);
    if (!in.has("step_type")) {
      in.fault("step_type", "is required: one of " + String.join(", ", TYPES));
    }
    var loop = loop(in, "loop".equals(type));
    var seconds = in.integer("timeout_seconds", 1, LONGEST_SECONDS);
    var onError = in.choice("on_error", List.of("fail", "continue"));
    return new GraphStep(
        name,
        GraphStep.Type.valueOf(
            Objects.requireNonNullElse(type, "parallel").toUpperCase(Locale.ROOT)),
        in.text("name", 200, name),
        action(in, depth),
        Objects.requireNonNullElse(in.texts("dependencies", Graph.MOST_STEPS, 64), List.of()),
        when(in),
        loop,
        seconds,
        in.integer("retry_count", 0, 20, 0),
        "fail".equals(onError),
        ApprovalRule.read(in, "approval"));
  }

  private static GraphStep.@Nullable When when(Fields in) {
    var conditions = new ArrayList<String>();
    var condition = in.any("condition");
    if (condition != null && !condition.isString()) {
      in.fault("condition", "must be a string in CEL, such as input.amount > 100");
    } else if (in.has("condition")) {
      conditions.add(in.requiredText("condition", 1, Condition.MOST));
    }
    conditions.addAll(
        Objects.requireNonNullElse(in.texts("conditions", 20, Condition.MOST), List.of()));
    checkConditions(in, conditions);
    var any = "any".equals(in.choice("match", List.of("all", "any")));
    var otherwise = in.texts("otherwise", Graph.MOST_STEPS, 64);
    return conditions.isEmpty() && otherwise == null
        ? null
        : new GraphStep.When(conditions, any, Objects.requireNonNullElse(otherwise, List.of()));
  }

  static void checkConditions(Fields in, List<String> conditions) {
    for (var condition : conditions) {
      try {
        Condition.parse(condition);
      } catch (MalformedCondition e) {
        in.fault("condition", "is no CEL: " + e.getMessage());
      }
    }
  }

  private static GraphStep.@Nullable Loop loop(Fields in, boolean wanted) {
    var loop = in.nested("loop");
    if (loop == null) {
      if (wanted) {
        in.fault("loop", "is required for a step of the type loop: items or while");
      }
      return null;
    }
    var items = loop.any("items");
    var condition = loop.text("while", Condition.MOST);
    if ((items == null) == (condition == null)) {
      loop.fault("items", "or while is required, and only one of them");
    }
    if (items != null && !items.isArray() && !items.isString()) {
      loop.fault("items", "must be a list, or a reference to one such as ${input.names}");
    }
    if (condition != null) {
      checkConditions(loop, List.of(condition));
    }
    return new GraphStep.Loop(
        items,
        condition,
        loop.integer("max_iterations", 1, 10_000, items == null ? 100 : 1_000),
        loop.integer("concurrency", 1, 64, 1),
        "continue".equals(loop.choice("on_error", List.of("fail", "continue"))));
  }

  // What a step does

  private static final List<String> ACTIONS =
      List.of("tool_name", "agent_id", "workflow_id", "steps", "wait");

  private Action action(Fields in, int depth) {
    var given = ACTIONS.stream().filter(in::has).toList();
    if (given.size() > 1) {
      in.fault(
          given.getFirst(),
          "cannot stand beside " + String.join(", ", given.subList(1, given.size())));
    } else if (given.isEmpty()
        && !in.has("condition")
        && !in.has("conditions")
        && !in.has("approval")) {
      in.fault("tool_name", "is required, or one of agent_id, workflow_id, steps, wait, approval");
    }
    var parameters = Objects.requireNonNullElseGet(in.object("parameters"), Json::object);
    var tool = in.text("tool_name", 200);
    var operation = in.text("operation", 200);
    var agent = in.text("agent_id", 100);
    var workflow = in.text("workflow_id", 100);
    var wait = in.nested("wait");
    var steps = in.has("steps") ? steps(in, "steps", depth + 1) : null;
    if (tool != null) {
      return tool(in, tool, with(parameters, operation));
    }
    if (agent != null) {
      if (!known.isAgent(agent)) {
        in.fault("agent_id", "names no agent that you may use: " + agent);
      }
      return new Action.RunAgent(agent, parameters);
    }
    if (workflow != null) {
      if (!known.isWorkflow(workflow)) {
        in.fault("workflow_id", "names no workflow that you may use: " + workflow);
      }
      return new Action.RunWorkflow(workflow, parameters);
    }
    return steps != null
        ? new Action.Block(steps)
        : wait != null ? wait(wait) : new Action.Nothing();
  }

  private Action tool(Fields in, String name, ObjectNode parameters) {
    var tool = known.tool(name);
    if (tool.isEmpty()) {
      in.fault("tool_name", "names no tool that you may use: " + name);
    }
    return new Action.CallTool(tool.map(found -> found.id()).orElse(name), name, parameters);
  }

  private static ObjectNode with(ObjectNode parameters, @Nullable String operation) {
    if (operation == null || parameters.has("operation")) {
      return parameters;
    }
    var more = new LinkedHashMap<String, JsonNode>();
    parameters.properties().forEach(field -> more.put(field.getKey(), field.getValue()));
    var with = Json.object().put("operation", operation);
    more.forEach(with::set);
    return with;
  }

  private static Action wait(Fields in) {
    var seconds = in.any("seconds");
    var until = in.any("until");
    var event = in.pattern("event", ID, "must be 1 to 64 letters, digits, _ or -");
    var given = (seconds == null ? 0 : 1) + (until == null ? 0 : 1) + (in.has("event") ? 1 : 0);
    if (given != 1) {
      in.fault("seconds", "or until or event is required, and only one of them");
    }
    if (seconds != null && !isReference(seconds)) {
      in.number("seconds", 0, LONGEST_SECONDS);
    }
    if (until != null && !until.isString()) {
      in.fault("until", "must be a time such as 2026-01-31T12:00:00Z, or a reference to one");
    }
    return event != null ? new Action.AwaitEvent(event) : new Action.Pause(seconds, until);
  }

  private static boolean isReference(JsonNode value) {
    return value.isString() && value.stringValue().contains("${");
  }
}
