package dev.toolwright.schedule;

import dev.toolwright.account.Caller;
import dev.toolwright.agent.AgentRuns;
import dev.toolwright.agent.Agents;
import dev.toolwright.agent.Execution;
import dev.toolwright.database.Tx;
import dev.toolwright.expression.References;
import dev.toolwright.expression.UnresolvedReference;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.workflow.WorkflowRuns;
import dev.toolwright.workflow.Workflows;
import java.util.Map;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Starts whatever a schedule or a hook names.
public final class Starts {
  private static final int STEPS = 20;

  private final Agents agents;
  private final AgentRuns agentRuns;
  private final Workflows workflows;
  private final WorkflowRuns workflowRuns;

  public Starts(
      Agents agents, AgentRuns agentRuns, Workflows workflows, WorkflowRuns workflowRuns) {
    this.agents = agents;
    this.agentRuns = agentRuns;
    this.workflows = workflows;
    this.workflowRuns = workflowRuns;
  }

  /// @throws Problem 404 when the caller does not see it
  void require(Caller caller, Target target) {
    if (target.kind().equals(Target.AGENT)) {
      agents.get(caller, target.id());
    } else {
      workflows.get(caller, target.id());
    }
  }

  /// @param priority among the runs of the workspace
  /// @param input `message` for an agent, the input of a workflow otherwise; beside it `context`;
  ///   with references to `names`
  /// @param inTx is called in the transaction that stores the run, with its id
  /// @return the run's id
  /// @throws Problem when it may not be started
  String start(
      Caller caller,
      Target target,
      Priority priority,
      JsonNode input,
      Map<String, JsonNode> names,
      BiConsumer<Tx, String> inTx) {
    var filled = filled(input, names);
    var context =
        filled.get("context") instanceof ObjectNode given ? given.deepCopy() : Json.object();
    if (target.kind().equals(Target.WORKFLOW)) {
      var sent = filled.deepCopy();
      sent.remove("context");
      return workflowRuns.execute(
          caller, target.id(), new WorkflowRuns.Order(sent, context, null, null, priority), inTx);
    }
    var message = filled.get("message");
    return agentRuns.execute(
        caller,
        new Execution(
            target.id(),
            message == null ? "" : message.isString() ? message.stringValue() : Json.write(message),
            null,
            null,
            context,
            null,
            STEPS,
            null,
            priority),
        inTx);
  }

  private static ObjectNode filled(JsonNode input, Map<String, JsonNode> names) {
    try {
      return References.fill(input, names) instanceof ObjectNode object ? object : Json.object();
    } catch (UnresolvedReference e) {
      throw Problem.of(Problem.Kind.UNPROCESSABLE, String.valueOf(e.getMessage()));
    }
  }
}
