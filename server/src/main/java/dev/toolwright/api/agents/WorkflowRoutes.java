package dev.toolwright.api.agents;

import static dev.toolwright.agent.JobView.time;

import dev.toolwright.account.Role;
import dev.toolwright.agent.EndWebhook;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.definition.Definitions;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.workflow.Workflow;
import dev.toolwright.workflow.WorkflowDraft;
import dev.toolwright.workflow.WorkflowRuns;
import dev.toolwright.workflow.Workflows;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `/agents/workflow/…`: flows of agents.
public final class WorkflowRoutes {
  private static final Access ACCESS = Access.group("workflows");
  private static final List<String> FLOW = List.of("flow_type", "agents", "fail_fast", "route");

  private final Workflows workflows;
  private final WorkflowRuns runs;

  public WorkflowRoutes(Workflows workflows, WorkflowRuns runs) {
    this.workflows = workflows;
    this.runs = runs;
  }

  public List<Route> routes() {
    var one = "/agents/workflow/{workflow_id}";
    return List.of(
        Route.of(
                "POST",
                "/agents/workflow/create",
                ACCESS,
                Role.MEMBER,
                "Create a workflow of agents (3 credits)",
                this::create)
            .doc(RouteDoc.NONE.request(body(), example())),
        Route.of(
                "POST",
                "/agents/workflow/execute",
                ACCESS,
                Role.MEMBER,
                "Run a workflow (5 credits for each agent that runs)",
                this::execute)
            .doc(
                RouteDoc.NONE.request(
                    Bodies.schema(
                        "workflow_id",
                        "initial_input",
                        "context",
                        "webhook_url",
                        "webhook_secret",
                        "timeout_seconds",
                        "priority"),
                    Json.object()
                        .put("workflow_id", "workflow_…")
                        .put("initial_input", "SAY hello"))),
        Route.of("GET", "/agents/workflow/list", ACCESS, Role.VIEWER, "List workflows", this::list)
            .doc(RouteDoc.NONE.query("include_shared", "true: also those shared with you")),
        Route.of("GET", one, ACCESS, Role.VIEWER, "Show a workflow", this::show),
        Route.of("PUT", one, ACCESS, Role.MEMBER, "Change a workflow (1 credit)", this::update)
            .doc(RouteDoc.NONE.request(body(), Json.object().put("description", "Daily"))),
        Route.of("DELETE", one, ACCESS, Role.MEMBER, "Delete a workflow", this::delete)
            .doc(RouteDoc.NONE.query("force", "true: also while something uses it")));
  }

  private static JsonNode body() {
    return Bodies.schema("name", "description", "flow_type", "agents", "fail_fast", "route");
  }

  private static ObjectNode example() {
    var example = Json.object().put("name", "Greeting").put("flow_type", "sequential");
    example.putArray("agents").addObject().put("agent_id", "asst_…").put("role", "Clerk");
    return example;
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var name = in.requiredText("name", 1, 100);
    var description = in.text("description", 2_000, "");
    var spelling = workflows.flow(exchange.caller(), in);
    in.finish();
    var workflow =
        workflows.create(exchange.caller(), name, description, Objects.requireNonNull(spelling));
    exchange.json(200, saved(workflow, "Workflow created successfully"));
  }

  private static ObjectNode saved(Workflow workflow, String message) {
    return Json.object()
        .put("response", "200")
        .put("workflow_id", workflow.id())
        .put("message", message);
  }

  private void update(Exchange exchange) {
    var id = exchange.path("workflow_id");
    var now = workflows.get(exchange.caller(), id);
    var body = exchange.body();
    if (FLOW.stream().anyMatch(body::has)) {
      keep(now, body);
    }
    var in = Fields.of(body);
    in.unchanged(whole(exchange, now), "workflow_id", "is_owner", "owner", "created_at");
    in.ignore("updated_at", "response", "steps", "output");
    in.notNewer("version", now.version());
    var draft =
        new WorkflowDraft(
            in.has("name") ? in.requiredText("name", 1, 100) : null,
            in.text("description", 2_000),
            FLOW.stream().anyMatch(in::has) ? workflows.flow(exchange.caller(), in) : null);
    in.finish();
    var workflow = workflows.update(exchange.caller(), id, draft);
    exchange.json(
        200, saved(workflow, "Workflow updated successfully").put("version", workflow.version()));
  }

  /// What of a flow was not sent stays.
  private static void keep(Workflow now, ObjectNode body) {
    for (var name : FLOW) {
      var known = now.content().source().get(name);
      if (!body.has(name) && known != null) {
        body.set(name, known);
      }
    }
  }

  private void list(Exchange exchange) {
    var shared = exchange.flag("include_shared", false);
    var scope = shared ? Definitions.Scope.USABLE : Definitions.Scope.MINE;
    var found = workflows.list(exchange.caller(), Bodies.listing(exchange, scope, List.of()));
    exchange.json(
        200, Bodies.list("workflows", found.page(), found.total(), one -> whole(exchange, one)));
  }

  private void show(Exchange exchange) {
    var workflow = workflows.get(exchange.caller(), exchange.path("workflow_id"));
    var answer = Json.object().put("response", "200");
    answer.setAll(whole(exchange, workflow));
    exchange.json(200, answer);
  }

  private static ObjectNode whole(Exchange exchange, Workflow workflow) {
    var shown = Json.object().put("workflow_id", workflow.id()).put("name", workflow.name());
    shown.put("description", workflow.content().description());
    shown.setAll(workflow.content().source().deepCopy());
    shown.put("version", workflow.version()).put("owner", workflow.ownerName());
    shown.put("is_owner", workflow.ownerId().equals(exchange.caller().userId()));
    return shown
        .put("created_at", time(workflow.createdAt()))
        .put("updated_at", time(workflow.updatedAt()));
  }

  private void delete(Exchange exchange) {
    var id = exchange.path("workflow_id");
    workflows.delete(exchange.caller(), id, exchange.flag("force", false));
    exchange.json(
        200,
        Json.object()
            .put("response", "200")
            .put("workflow_id", id)
            .put("message", "Workflow deleted successfully"));
  }

  private void execute(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var workflowId = in.requiredText("workflow_id", 1, 100);
    var given = in.any("initial_input");
    if (given == null) {
      in.fault("initial_input", "is required");
    } else if (!given.isString() && !given.isObject()) {
      in.fault("initial_input", "must be a string or an object");
    } else if (given.isString()) {
      in.requiredText("initial_input", 1, 200_000);
    }
    var seconds = in.integer("timeout_seconds", 1, 31_622_400);
    var order =
        new WorkflowRuns.Order(
            input(given),
            Objects.requireNonNullElseGet(in.object("context"), Json::object),
            EndWebhook.read(in),
            seconds == null ? null : Duration.ofSeconds(seconds),
            Priority.read(in));
    in.finish();
    var runId =
        runs.execute(
            exchange.caller(),
            workflowId,
            order,
            (tx, id) -> exchange.idempotent(tx, 200, started(id)));
    exchange.json(200, started(runId));
  }

  private static ObjectNode started(String runId) {
    return JobRoutes.started(Ids.as("job", runId), "Workflow execution started");
  }

  private static JsonNode input(@Nullable JsonNode given) {
    var input = given instanceof ObjectNode object ? object.deepCopy() : Json.object();
    input.set("initial_input", given);
    return input;
  }
}
