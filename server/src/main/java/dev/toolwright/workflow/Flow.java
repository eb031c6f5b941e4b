package dev.toolwright.workflow;

import dev.toolwright.expression.Condition;
import dev.toolwright.expression.References;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The Agents face's spelling of a workflow: agents one after the other, all at once, or whichever
/// the conditions choose.
final class Flow {
  static final List<String> TYPES = List.of("sequential", "parallel", "conditional");
  private static final int MOST_AGENTS = 50;

  private final String type;
  private final boolean failFast;
  private final boolean all;
  private final List<Entry> entries;

  private record Entry(
      String agentId, String role, String description, List<String> conditions, boolean any) {}

  private Flow(String type, boolean failFast, boolean all, List<Entry> entries) {
    this.type = type;
    this.failFast = failFast;
    this.all = all;
    this.entries = entries;
  }

  /// Reads `flow_type`, `agents`, `fail_fast` and `route`.
  ///
  /// @return null when it is at fault
  static @Nullable Flow read(Fields in, Known known) {
    var type = in.choice("flow_type", TYPES);
    if (!in.has("flow_type")) {
      in.fault("flow_type", "is required: one of " + String.join(", ", TYPES));
    }
    if (!in.has("agents")) {
      in.fault("agents", "is required");
    }
    var failFast = in.bool("fail_fast", false);
    var all = "all".equals(in.choice("route", List.of("first", "all")));
    var items = in.items("agents", MOST_AGENTS);
    if (items != null && items.isEmpty()) {
      in.fault("agents", "must not be empty");
    }
    var entries = new ArrayList<Entry>();
    for (var item : Objects.requireNonNullElse(items, List.<Fields>of())) {
      entries.add(entry(item, known));
    }
    return type == null || items == null ? null : new Flow(type, failFast, all, entries);
  }

  private static Entry entry(Fields in, Known known) {
    var agent = in.requiredText("agent_id", 1, 100);
    if (!agent.isEmpty() && !known.isAgent(agent)) {
      in.fault("agent_id", "names no agent that you may use: " + agent);
    }
    var conditions =
        Objects.requireNonNullElse(in.texts("conditions", 20, Condition.MOST), List.<String>of());
    StepReader.checkConditions(in, conditions);
    return new Entry(
        agent,
        in.requiredText("role", 1, 200),
        in.text("description", 2_000, ""),
        conditions,
        "any".equals(in.choice("match", List.of("all", "any"))));
  }

  ObjectNode source() {
    var source = Json.object().put("flow_type", type);
    if (failFast) {
      source.put("fail_fast", true);
    }
    if (all) {
      source.put("route", "all");
    }
    var agents = source.putArray("agents");
    for (var entry : entries) {
      var agent = agents.addObject().put("agent_id", entry.agentId()).put("role", entry.role());
      if (!entry.description().isEmpty()) {
        agent.put("description", entry.description());
      }
      if (!entry.conditions().isEmpty()) {
        entry.conditions().forEach(agent.putArray("conditions")::add);
        agent.put("match", entry.any() ? "any" : "all");
      }
    }
    return source;
  }

  Graph graph() {
    var steps = new ArrayList<GraphStep>();
    for (var i = 0; i < entries.size(); i++) {
      steps.add(step(i));
    }
    return new Graph(steps, null, type.equals("conditional"));
  }

  private GraphStep step(int index) {
    var entry = entries.get(index);
    var sequential = type.equals("sequential");
    return new GraphStep(
        id(index),
        sequential ? GraphStep.Type.SEQUENTIAL : GraphStep.Type.PARALLEL,
        entry.role(),
        new Action.RunAgent(entry.agentId(), parameters(index)),
        sequential && index > 0 ? List.of(id(index - 1)) : List.of(),
        when(index),
        null,
        null,
        0,
        sequential || failFast,
        null);
  }

  private static String id(int index) {
    return String.valueOf(index + 1);
  }

  /// What the agent is asked: always the initial input; in a sequence also what the one before it
  /// answered.
  private ObjectNode parameters(int index) {
    var entry = entries.get(index);
    var message =
        entry.description().isEmpty()
            ? "${input.initial_input}"
            : "${input.initial_input}\n\nYour part (%s): %s"
                .formatted(
                    References.literal(entry.role()), References.literal(entry.description()));
    var parameters = Json.object().put("message", message);
    return type.equals("sequential") && index > 0
        ? parameters.put("with_previous", true)
        : parameters;
  }

  /// Of a conditional flow: an entry with conditions runs when no earlier such entry has run, one
  /// without when none with conditions has.
  private GraphStep.@Nullable When when(int index) {
    var entry = entries.get(index);
    var chooses = type.equals("conditional");
    var isDefault = entry.conditions().isEmpty();
    if (isDefault && !chooses) {
      return null;
    }
    var otherwise = new ArrayList<String>();
    for (var i = 0; chooses && i < entries.size(); i++) {
      var otherIsDefault = entries.get(i).conditions().isEmpty();
      if (isDefault ? i < index || !otherIsDefault : !all && i < index && !otherIsDefault) {
        otherwise.add(id(i));
      }
    }
    otherwise.remove(id(index));
    return new GraphStep.When(entry.conditions(), entry.any(), otherwise);
  }
}
