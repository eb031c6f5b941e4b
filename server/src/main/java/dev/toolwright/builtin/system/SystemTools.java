package dev.toolwright.builtin.system;

import dev.toolwright.builtin.Builtin;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.workflow.NestedRunner;
import dev.toolwright.workflow.WorkflowRuns;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `listAgents`, `getAgentStatus` and `executeWorkflow`, with the rights of whoever calls.
public final class SystemTools {
  private static final int MOST = 100;

  private SystemTools() {}

  /// @param parts which are there later than tools are
  public static List<Builtin> all(Supplier<NestedRunner.Parts> parts) {
    return List.of(
        tool("listAgents", call -> agents(call, parts.get())),
        tool("getAgentStatus", call -> agent(call, parts.get())),
        tool("executeWorkflow", call -> started(call, parts.get())));
  }

  private static Builtin tool(String name, Function<Invocation, ObjectNode> does) {
    return new Builtin() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Outcome run(Invocation call) {
        try {
          return new Outcome.Succeeded(does.apply(call));
        } catch (Problem e) {
          return e.kind() == Problem.Kind.FORBIDDEN
              ? new Outcome.Denied(String.valueOf(e.getMessage()))
              : new Outcome.Failed("execution_error", String.valueOf(e.getMessage()), null, false);
        }
      }
    };
  }

  private static ObjectNode agents(Invocation call, NestedRunner.Parts parts) {
    var limit = Math.clamp(call.arguments().path("limit").asLong(MOST), 1, MOST);
    var found =
        parts
            .agents()
            .list(call.caller(), new Listing(Definitions.Scope.USABLE, List.of(), limit, 0));
    var answer = Json.object();
    var list = answer.putArray("agents");
    found.page().forEach(one -> list.addObject().put("id", one.id()).put("name", one.name()));
    return answer;
  }

  private static ObjectNode agent(Invocation call, NestedRunner.Parts parts) {
    var agent = parts.agents().get(call.caller(), named(call.arguments(), "agentId", "agent_id"));
    return Json.object()
        .put("id", agent.id())
        .put("name", agent.name())
        .put("status", "active")
        .put("model", agent.content().model())
        .put("tools", agent.content().tools().size());
  }

  private static ObjectNode started(Invocation call, NestedRunner.Parts parts) {
    var id = named(call.arguments(), "workflowId", "workflow_id");
    var input = call.arguments().path("input") instanceof ObjectNode given ? given : Json.object();
    var order = new WorkflowRuns.Order(input, Json.object(), null, null, Priority.NORMAL);
    var runId = parts.workflowRuns().execute(call.caller(), id, order, (_, _) -> {});
    return Json.object().put("job_id", Ids.as("job", runId)).put("status", "processing");
  }

  private static String named(JsonNode arguments, String... names) {
    for (var name : names) {
      if (arguments.path(name).isString()) {
        return arguments.path(name).asString();
      }
    }
    var id = arguments.path("id").asString("");
    if (id.isEmpty()) {
      throw Problem.invalid(names[0] + " is required");
    }
    return id;
  }
}
