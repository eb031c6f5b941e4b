package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.agent.EndWebhook;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.definition.Revision;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.run.Run;
import dev.toolwright.workflow.Workflow;
import dev.toolwright.workflow.WorkflowDraft;
import dev.toolwright.workflow.WorkflowJobs;
import dev.toolwright.workflow.WorkflowRuns;
import dev.toolwright.workflow.Workflows;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// `/api/workflows` and `/api/workflow-runs`: graphs of steps, and their runs.
public final class OrchestrationRoutes {
  private static final Access ACCESS = Access.group("workflows");

  private final Workflows workflows;
  private final WorkflowRuns runs;
  private final WorkflowJobs jobs;
  private final InstantSource clock;

  public OrchestrationRoutes(
      Workflows workflows, WorkflowRuns runs, WorkflowJobs jobs, InstantSource clock) {
    this.workflows = workflows;
    this.runs = runs;
    this.jobs = jobs;
    this.clock = clock;
  }

  public List<Route> routes() {
    var all = "/api/workflows";
    var one = all + "/{workflow_id}";
    var run = "/api/workflow-runs/{run_id}";
    return List.of(
        Route.of(
                "POST",
                all,
                ACCESS,
                Role.MEMBER,
                "Create a workflow of steps (3 credits)",
                this::create)
            .doc(RouteDoc.NONE.request(body(), example()).status(201)),
        Route.of("GET", all, ACCESS, Role.VIEWER, "List workflows", this::list)
            .doc(
                RouteDoc.NONE
                    .query("page", "from 1")
                    .query("limit", "1 to 100, 50 unless told otherwise")),
        Route.of(
            "GET",
            all + "/metrics",
            ACCESS,
            Role.VIEWER,
            "Figures of the workspace's workflows",
            exchange -> exchange.json(200, jobs.metrics(exchange.caller()))),
        Route.of("GET", one, ACCESS, Role.VIEWER, "Show a workflow", this::show),
        Route.of("PUT", one, ACCESS, Role.MEMBER, "Change a workflow (1 credit)", this::update)
            .doc(RouteDoc.NONE.request(body(), Json.object().put("description", "Every day"))),
        Route.of("DELETE", one, ACCESS, Role.MEMBER, "Delete a workflow", this::delete)
            .doc(RouteDoc.NONE.query("force", "true: also while something uses it")),
        Route.of(
            "GET",
            one + "/versions",
            ACCESS,
            Role.VIEWER,
            "The versions of a workflow, the newest first",
            this::versions),
        Route.of(
                "POST",
                one + "/rollback",
                ACCESS,
                Role.MEMBER,
                "Go back to an earlier version, which becomes the next one",
                this::rollback)
            .doc(RouteDoc.NONE.request(Shapes.schema("version"), Json.object().put("version", 1))),
        Route.of("POST", one + "/runs", ACCESS, Role.MEMBER, "Run a workflow", this::run)
            .doc(
                RouteDoc.NONE
                    .request(
                        Shapes.schema(
                            "input",
                            "context",
                            "timeout_seconds",
                            "priority",
                            "webhook_url",
                            "webhook_secret"),
                        Json.object().set("input", Json.object().put("amount", 2)))
                    .status(202)),
        Route.of(
                "GET",
                one + "/runs",
                ACCESS,
                Role.VIEWER,
                "Your runs of a workflow, the newest first",
                this::runs)
            .doc(
                RouteDoc.NONE
                    .query("page", "from 1")
                    .query("limit", "1 to 100, 50 unless told otherwise")),
        Route.of("GET", run, ACCESS, Role.VIEWER, "Show a run of a workflow", this::showRun),
        Route.of(
                "POST",
                run + "/events",
                ACCESS,
                Role.MEMBER,
                "Tell a run an event that a step waits for",
                this::tell)
            .doc(
                RouteDoc.NONE.request(
                    Shapes.schema("event", "data"), Json.object().put("event", "paid"))));
  }

  private static ObjectNode body() {
    return Shapes.schema("name", "description", "steps", "output");
  }

  private static ObjectNode example() {
    var example = Json.object().put("name", "double_it");
    var steps = example.putArray("steps");
    steps
        .addObject()
        .put("step_id", "double")
        .put("step_type", "sequential")
        .put("tool_name", "calculator")
        .putObject("parameters")
        .put("expression", "2 * ${input.amount}");
    return example;
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var name = in.requiredText("name", 1, 100);
    var description = in.text("description", 2_000, "");
    var spelling = workflows.steps(exchange.caller(), in);
    in.finish();
    exchange.json(
        201,
        shown(
            exchange,
            workflows.create(
                exchange.caller(), name, description, Objects.requireNonNull(spelling))));
  }

  private void update(Exchange exchange) {
    var id = exchange.path("workflow_id");
    var now = workflows.get(exchange.caller(), id);
    var in = Fields.of(exchange.body());
    in.unchanged(shown(exchange, now), "id", "workflow_id", "owner", "is_owner", "created_at");
    in.ignore("updated_at", "flow_type", "agents");
    in.notNewer("version", now.version());
    var draft =
        new WorkflowDraft(
            in.has("name") ? in.requiredText("name", 1, 100) : null,
            in.text("description", 2_000),
            in.has("steps") ? workflows.steps(exchange.caller(), in) : null);
    in.finish();
    exchange.json(200, shown(exchange, workflows.update(exchange.caller(), id, draft)));
  }

  private void list(Exchange exchange) {
    var limit = Shapes.limit(exchange);
    var offset = (long) (Shapes.page(exchange) - 1) * limit;
    var found =
        workflows.list(
            exchange.caller(), new Listing(Definitions.Scope.USABLE, List.of(), limit, offset));
    exchange.json(
        200,
        Shapes.paged(
            exchange, "workflows", found.page(), found.total(), one -> shown(exchange, one)));
  }

  private void show(Exchange exchange) {
    exchange.json(
        200, shown(exchange, workflows.get(exchange.caller(), exchange.path("workflow_id"))));
  }

  private void delete(Exchange exchange) {
    var id = exchange.path("workflow_id");
    workflows.delete(exchange.caller(), id, exchange.flag("force", false));
    exchange.json(200, Json.object().put("id", id).put("message", "Workflow deleted"));
  }

  private void versions(Exchange exchange) {
    var versions = workflows.versions(exchange.caller(), exchange.path("workflow_id"));
    exchange.json(
        200, Shapes.list("versions", versions, versions.size(), OrchestrationRoutes::shown));
  }

  private static ObjectNode shown(Revision revision) {
    return Json.object()
        .put("number", revision.number())
        .put("created_at", Shapes.time(revision.createdAt()))
        .put("author", revision.authorName());
  }

  private void rollback(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var version = in.integer("version", 1, Integer.MAX_VALUE);
    if (!in.has("version")) {
      in.fault("version", "is required");
    }
    in.finish();
    exchange.json(
        200,
        shown(
            exchange,
            workflows.rollback(
                exchange.caller(), exchange.path("workflow_id"), Objects.requireNonNull(version))));
  }

  private static ObjectNode shown(Exchange exchange, Workflow workflow) {
    var shown = Json.object().put("id", workflow.id()).put("workflow_id", workflow.id());
    shown.put("name", workflow.name()).put("description", workflow.content().description());
    shown.setAll(workflow.content().source().deepCopy());
    shown.put("version", workflow.version()).put("owner", workflow.ownerName());
    shown.put("is_owner", workflow.ownerId().equals(exchange.caller().userId()));
    return shown
        .put("created_at", Shapes.time(workflow.createdAt()))
        .put("updated_at", Shapes.time(workflow.updatedAt()));
  }

  // Runs

  private void run(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var seconds = in.integer("timeout_seconds", 1, 31_622_400);
    var order =
        new WorkflowRuns.Order(
            Objects.requireNonNullElseGet(in.object("input"), Json::object),
            Objects.requireNonNullElseGet(in.object("context"), Json::object),
            EndWebhook.read(in),
            seconds == null ? null : Duration.ofSeconds(seconds),
            Priority.read(in));
    in.finish();
    var id =
        runs.execute(
            exchange.caller(),
            exchange.path("workflow_id"),
            order,
            (tx, runId) -> exchange.idempotent(tx, 202, started(runId)));
    exchange.json(202, started(id));
  }

  private static ObjectNode started(String runId) {
    return Json.object()
        .put("run_id", runId)
        .put("job_id", Ids.as("job", runId))
        .put("status", "queued")
        .put("status_url", "/api/workflow-runs/" + runId);
  }

  private void runs(Exchange exchange) {
    var workflow = workflows.get(exchange.caller(), exchange.path("workflow_id"));
    var limit = Shapes.limit(exchange);
    var offset = (long) (Shapes.page(exchange) - 1) * limit;
    var found = jobs.list(exchange.caller(), workflow.id(), limit, offset);
    exchange.json(
        200, Shapes.paged(exchange, "runs", found, found.size(), OrchestrationRoutes::brief));
  }

  private static ObjectNode brief(Run run) {
    return Json.object()
        .put("run_id", run.id())
        .put("job_id", Ids.as("job", run.id()))
        .put("status", run.state().shown())
        .put("created_at", Shapes.time(run.createdAt()))
        .put("completed_at", Shapes.time(run.endedAt()));
  }

  private void showRun(Exchange exchange) {
    exchange.json(200, shown(jobs.get(exchange.caller(), exchange.path("run_id"))));
  }

  private ObjectNode shown(Run run) {
    return jobs.shown(run, clock.instant())
        .put("job_id", Ids.as("job", run.id()))
        .put("created_at", Shapes.time(run.createdAt()))
        .put("started_at", Shapes.time(run.startedAt()))
        .put("completed_at", Shapes.time(run.endedAt()));
  }

  private void tell(Exchange exchange) {
    var run = jobs.get(exchange.caller(), exchange.path("run_id"));
    var in = Fields.of(exchange.body());
    var event = in.requiredText("event", 1, 64);
    var data = in.any("data");
    in.finish();
    jobs.tell(run, event, data, exchange.caller().userId());
    exchange.json(200, Json.object().put("accepted", true).put("run_id", run.id()));
  }
}
