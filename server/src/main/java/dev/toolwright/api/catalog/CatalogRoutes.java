package dev.toolwright.api.catalog;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Executions;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.catalog.Catalog;
import dev.toolwright.catalog.CatalogTool;
import dev.toolwright.catalog.Deployments;
import dev.toolwright.catalog.Health;
import dev.toolwright.catalog.Status;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.ToolRuns;
import dev.toolwright.tool.Tools;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/tools`: the catalogue.
public final class CatalogRoutes {
  static final Access ACCESS = Access.group("catalog");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int MOST_LINES = 1_000;

  private final Catalog catalog;
  private final Health health;
  private final Deployments deployments;
  private final Tools tools;
  private final ToolRuns calls;
  private final ToolBody bodies;

  public CatalogRoutes(
      Catalog catalog,
      Health health,
      Deployments deployments,
      Tools tools,
      ToolRuns calls,
      Schemas schemas) {
    this.catalog = catalog;
    this.health = health;
    this.deployments = deployments;
    this.tools = tools;
    this.calls = calls;
    this.bodies = new ToolBody(schemas);
  }

  public List<Route> routes() {
    var all = "/tools";
    var one = all + "/{catalog_id}";
    var force = "true: also when agents have it, which then lose it";
    return List.of(
        Route.of("POST", all, ACCESS, Role.MEMBER, "Create a tool", this::create)
            .doc(ToolBody.documented(ToolBody.example()).status(201)),
        Route.of("GET", all, ACCESS, Role.VIEWER, "List tools with statistics", this::list)
            .doc(
                RouteDoc.NONE
                    .query("page", "From 1")
                    .query("limit", "10 unless told otherwise, at most 100")
                    .query("search", "A text in name or description")
                    .query("sort", "A field, with - before it from the last to the first")
                    .query("filter", "A JSON object: equality, $in, $ne, $gt, $gte, $lt, $lte")
                    .query("all", "true: tools of other kinds too")),
        Route.of("GET", one, ACCESS, Role.VIEWER, "Show a tool", this::show),
        Route.of("PATCH", one, ACCESS, Role.MEMBER, "Change a tool", this::update)
            .doc(
                ToolBody.documented(Json.object().put("description", "Search the whole web"))
                    .query("force", force)),
        Route.of("DELETE", one, ACCESS, Role.MEMBER, "Delete a tool", this::delete)
            .doc(RouteDoc.NONE.query("force", force)),
        Route.of("GET", one + "/health", ACCESS, Role.VIEWER, "How a tool does", this::health)
            .doc(
                RouteDoc.NONE.query(
                    "logs", "How many of the container's last lines, at most 1000; for its owner")),
        Route.of("POST", one + "/health-check", ACCESS, Role.MEMBER, "Look at it now", this::check),
        Route.of("POST", one + "/execute", ACCESS, Role.MEMBER, "Call a tool", this::execute)
            .doc(
                RouteDoc.NONE.request(
                    Json.object().put("type", "object"),
                    Json.object().set("parameters", Json.object()))));
  }

  private void create(Exchange exchange) {
    var body = exchange.body();
    var draft = bodies.read(body, null);
    var made = catalog.create(exchange.caller(), draft, Fields.of(Json.object()));
    exchange.json(201, ToolBody.shown(made));
  }

  private void list(Exchange exchange) {
    var query = ToolQuery.read(exchange);
    var page = catalog.list(exchange.caller(), query);
    var answer = Json.object();
    var data = answer.putArray("data");
    page.tools().forEach(tool -> data.add(ToolBody.shown(tool)));
    var limit = ToolQuery.limit(exchange);
    answer
        .putObject("pagination")
        .put("total", page.total())
        .put("page", ToolQuery.page(exchange))
        .put("limit", limit)
        .put("totalPages", (page.total() + limit - 1) / limit);
    var statistics = answer.putObject("statistics").put("total", page.total());
    var byStatus = statistics.putObject("byStatus");
    for (var status : Status.values()) {
      byStatus.put(status.key(), page.byStatus().getOrDefault(status.key(), 0));
    }
    var byType = statistics.putObject("byType");
    page.byType().forEach(byType::put);
    exchange.json(200, answer);
  }

  private CatalogTool found(Exchange exchange) {
    return catalog.get(exchange.caller(), exchange.path("catalog_id"));
  }

  private void show(Exchange exchange) {
    exchange.json(200, ToolBody.shown(found(exchange)));
  }

  private void update(Exchange exchange) {
    var before = found(exchange);
    var draft = bodies.read(exchange.body(), before);
    var saved =
        catalog.update(
            exchange.caller(),
            exchange.path("catalog_id"),
            draft,
            exchange.flag("force", false),
            Fields.of(Json.object()));
    exchange.json(200, ToolBody.shown(saved));
  }

  private void delete(Exchange exchange) {
    var gone =
        catalog.delete(
            exchange.caller(), exchange.path("catalog_id"), exchange.flag("force", false));
    exchange.json(200, ToolBody.shown(gone));
  }

  private void execute(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var parameters = in.object("parameters");
    var context = in.object("context");
    in.finish();
    var found = found(exchange);
    var service = found.service();
    if (service != null && service.status() == Status.ERROR) {
      throw refused(
          "execute",
          "Tool '%s' is in error: %s"
              .formatted(
                  Catalog.title(found.tool()),
                  Objects.requireNonNullElse(service.statusMessage(), "somebody said so")));
    }
    var caller = exchange.caller();
    var tool = tools.callable(caller, found.tool().id());
    var call =
        CallContext.direct(
            "catalog",
            caller,
            tool,
            Objects.requireNonNullElseGet(context, Json::object),
            PricedAction.TOOL_CALL,
            exchange.header("Idempotency-Key"));
    var arguments = Objects.requireNonNullElseGet(parameters, Json::object);
    var called = calls.call(caller, tool, arguments, call, PATIENCE);
    if ("not_available".equals(called.outcome().errorType())) {
      throw refused("execute", String.valueOf(called.outcome().error()));
    }
    Executions.executed(exchange, "Tool executed successfully", called);
  }

  /// Clients read the agents of every conflict.
  private static Problem refused(String action, String message) {
    return Problem.of(
        Problem.Kind.CONFLICT, message, Map.of("activeAgents", List.of(), "action", action));
  }

  private void check(Exchange exchange) throws InterruptedException {
    health.check(exchange.caller(), found(exchange));
    health(exchange);
  }

  private void health(Exchange exchange) throws InterruptedException {
    exchange.json(200, shown(exchange, found(exchange)));
  }

  /// What a program writes may hold what it works on, which is its owner's business.
  private @Nullable ObjectNode container(Exchange exchange, CatalogTool one)
      throws InterruptedException {
    if (one.containerId() == null) {
      return null;
    }
    var shown = Json.object().put("id", one.containerId());
    var most = exchange.intQuery("logs", 0, 0, MOST_LINES);
    if (most > 0 && Tools.mayEdit(exchange.caller(), one.tool())) {
      var lines = shown.putArray("logs");
      deployments.logs(one, most).forEach(lines::add);
    }
    return shown;
  }

  private ObjectNode shown(Exchange exchange, CatalogTool one) throws InterruptedException {
    var tool = one.tool();
    var service = one.service();
    var usage = tools.usage(exchange.caller(), tool);
    var shown = Json.object().put("tool_name", Catalog.title(tool));
    var seen = service == null || service.connectionId() == null ? null : service.lastHealthCheck();
    shown.put(
        "health_status",
        service == null
                || service.connectionId() == null
                || (seen == null && service.failures() == 0)
            ? "unknown"
            : service.failures() == 0 ? "healthy" : "unhealthy");
    shown.put("status", service == null ? "active" : service.status().key());
    shown.put("last_health_check", ToolBody.time(seen));
    shown.put("failures_in_a_row", service == null ? 0 : service.failures());
    shown.put("message", service == null ? null : service.statusMessage());
    shown.set("container", container(exchange, one));
    shown
        .putObject("metrics")
        .put("total_calls", usage.calls())
        .put("successful_calls", usage.succeeded())
        .put("failed_calls", usage.calls() - usage.succeeded())
        .put(
            "success_rate",
            usage.calls() == 0
                ? 0
                : Math.round(1_000.0 * usage.succeeded() / usage.calls()) / 1_000.0)
        .put("average_execution_time", usage.averageMillis() / 1_000)
        .put("last_call", ToolBody.time(usage.lastUsedAt()));
    shown
        .putObject("configuration")
        .put("category", tool.content().category())
        .put("timeout", tool.timeout().toMillis() / 1_000.0);
    return shown;
  }
}
