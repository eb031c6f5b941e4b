package dev.toolwright.api.customtools;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Executions;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.CallHistory;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolRuns;
import dev.toolwright.tool.ToolSummary;
import dev.toolwright.tool.ToolUsage;
import dev.toolwright.tool.ToolVersions;
import dev.toolwright.tool.Tools;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/custom-tools`: tools registered, executed, and what their executions were.
public final class CustomToolRoutes {
  private static final int PATIENCE_SECONDS = 30;
  private static final int MAX_PATIENCE_SECONDS = 60;
  private final Tools tools;
  private final ToolRuns calls;
  private final CallHistory history;
  private final ToolVersions versions;

  public CustomToolRoutes(Tools tools, ToolRuns calls, CallHistory history, ToolVersions versions) {
    this.tools = tools;
    this.versions = versions;
    this.calls = calls;
    this.history = history;
  }

  public List<Route> routes() {
    var all = "/api/custom-tools";
    var one = all + "/{tool_id}";
    var body =
        RouteDoc.NONE.request(Answers.schema(CustomToolBody.FIELDS), CustomToolBody.example());
    var paged = RouteDoc.NONE.query("page", "from 1").query("limit", "1 to 100, else 50");
    return List.of(
        Route.of(
                "POST",
                all,
                Answers.ACCESS,
                Answers.WRITE,
                "Register a tool (2 credits)",
                this::create)
            .doc(body.status(201)),
        Route.of("GET", all, Answers.ACCESS, Answers.READ, "The tools that you may use", this::list)
            .doc(paged),
        Route.of(
                "GET",
                all + "/executions",
                Answers.ACCESS,
                Answers.READ,
                "Recorded executions of any tool, the newest first",
                this::executions)
            .doc(
                paged
                    .query("toolId", "of one tool, snippet or endpoint")
                    .query("success", "true or false")),
        Route.of(
            "GET",
            all + "/executions/{execution_id}",
            Answers.ACCESS,
            Answers.READ,
            "One execution, with what went in and out",
            this::execution),
        Route.of(
                "GET",
                all + "/usage",
                Answers.ACCESS,
                Answers.READ,
                "How often tools were used, how well and how fast",
                this::usage)
            .doc(paged),
        Route.of("GET", one, Answers.ACCESS, Answers.READ, "Show a tool", this::show),
        Route.of(
                "PUT",
                one,
                Answers.ACCESS,
                Answers.WRITE,
                "Change a tool: a new version (1 credit)",
                this::update)
            .doc(body),
        Route.of("DELETE", one, Answers.ACCESS, Answers.WRITE, "Delete a tool", this::delete)
            .doc(RouteDoc.NONE.query("force", "true: also when agents use it")),
        Route.of(
            "GET",
            one + "/versions",
            Answers.ACCESS,
            Answers.READ,
            "The versions of a tool, the newest first",
            this::versions),
        Route.of(
                "POST",
                one + "/rollback",
                Answers.ACCESS,
                Answers.WRITE,
                "Go back to an earlier version, which becomes the next one (1 credit)",
                this::rollback)
            .doc(RouteDoc.NONE.request(Answers.schema("version"), Json.object().put("version", 1))),
        Route.of(
                "POST",
                one + "/execute",
                Answers.ACCESS,
                Answers.WRITE,
                "Execute a tool",
                this::execute)
            .doc(
                RouteDoc.NONE.request(
                    Answers.schema("parameters", "context"),
                    Json.object()
                        .set(
                            "parameters",
                            Json.object().put("revenue", 10_000).put("cost", 7_000)))),
        Route.of(
                "GET",
                one + "/logs",
                Answers.ACCESS,
                Answers.READ,
                "A tool's executions, the newest first",
                this::logs)
            .doc(paged.query("success", "true or false")));
  }

  private void create(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var tool = tools.create(exchange.caller(), CustomToolBody.draft(in, null), in, true);
    exchange.json(
        201, Answers.one("Custom tool registered successfully", "tool", shown(exchange, tool)));
  }

  private void versions(Exchange exchange) {
    var found = versions.list(exchange.caller(), exchange.path("tool_id"));
    exchange.json(
        200,
        Answers.list(
            "versions",
            found,
            found.size(),
            one ->
                Json.object()
                    .put("version", one.number())
                    .put("createdAt", Answers.time(one.createdAt()))
                    .put("createdBy", one.authorName())));
  }

  private void rollback(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var version = in.integer("version", 1, Integer.MAX_VALUE);
    if (!in.has("version")) {
      in.fault("version", "is required");
    }
    in.finish();
    var tool =
        versions.rollback(
            exchange.caller(), exchange.path("tool_id"), Objects.requireNonNull(version));
    exchange.json(
        200, Answers.one("Custom tool rolled back successfully", "tool", shown(exchange, tool)));
  }

  private void list(Exchange exchange) {
    var found = tools.list(exchange.caller(), Answers.listing(exchange));
    var usage = tools.usage(exchange.caller(), found.page().stream().map(ToolSummary::id).toList());
    exchange.json(
        200,
        Answers.list(
            "tools",
            found.page(),
            found.total(),
            tool -> listed(tool, usage.getOrDefault(tool.id(), ToolUsage.NONE))));
  }

  private static ObjectNode listed(ToolSummary tool, ToolUsage usage) {
    var content = tool.content();
    var shown =
        Json.object()
            .put("id", tool.id())
            .put("name", tool.name())
            .put("displayName", content.title() == null ? tool.name() : content.title())
            .put("description", content.description())
            .put("category", content.category())
            .put("type", CustomToolBody.type(content.config().kind()));
    shown.set("parameters", ParameterList.shown(content.parametersSchema()));
    shown.put("isShared", tool.isShared());
    shown.set("usage", CustomToolBody.usage(usage));
    return shown.put("createdAt", Answers.time(tool.createdAt()));
  }

  private void show(Exchange exchange) {
    exchange.json(200, Answers.one("tool", shown(exchange, found(exchange))));
  }

  private void update(Exchange exchange) throws InterruptedException {
    var current = found(exchange);
    var in = Fields.of(exchange.body());
    var draft = CustomToolBody.draft(in, shown(exchange, current));
    var saved = tools.update(exchange.caller(), current.id(), draft, in);
    exchange.json(
        200, Answers.one("Custom tool updated successfully", "tool", shown(exchange, saved)));
  }

  private void delete(Exchange exchange) {
    tools.delete(exchange.caller(), exchange.path("tool_id"), exchange.flag("force", false));
    exchange.json(200, Json.object().put("message", "Custom tool deleted successfully"));
  }

  private void execute(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var parameters = in.object("parameters");
    var context = in.object("context");
    in.finish();
    var patience = exchange.intQuery("wait", PATIENCE_SECONDS, 0, MAX_PATIENCE_SECONDS);
    var tool = tools.callable(exchange.caller(), exchange.path("tool_id"));
    Executions.executed(
        exchange,
        "Tool executed successfully",
        calls.call(
            exchange.caller(),
            tool,
            Objects.requireNonNullElseGet(parameters, Json::object),
            CallContext.direct(
                "execute",
                exchange.caller(),
                tool,
                Objects.requireNonNullElseGet(context, Json::object),
                PricedAction.TOOL_CALL,
                exchange.header("Idempotency-Key")),
            Duration.ofSeconds(patience)));
  }

  private void logs(Exchange exchange) {
    var tool = found(exchange);
    var editor = Tools.mayEdit(exchange.caller(), tool);
    var found = history.of(tool.id(), exchange.caller(), editor, filter(exchange, null));
    exchange.json(
        200, Answers.list("logs", found.page(), found.total(), CustomToolRoutes::summary));
  }

  private void executions(Exchange exchange) {
    var found = history.list(exchange.caller(), filter(exchange, exchange.query("toolId")));
    exchange.json(
        200, Answers.list("executions", found.page(), found.total(), CustomToolRoutes::summary));
  }

  private void execution(Exchange exchange) {
    var one = history.get(exchange.caller(), exchange.path("execution_id"));
    var shown = summary(one);
    shown.set("parameters", one.input());
    shown.set("result", one.output());
    exchange.json(200, Answers.one("execution", shown));
  }

  private static CallHistory.Filter filter(Exchange exchange, @Nullable String toolId) {
    return new CallHistory.Filter(
        toolId,
        exchange.query("success") == null ? null : exchange.flag("success", true),
        Answers.limit(exchange),
        Answers.offset(exchange));
  }

  private static ObjectNode summary(CallHistory.Entry one) {
    var shown =
        Json.object()
            .put("executionId", one.id())
            .put("toolId", one.toolId())
            .put("toolName", one.toolName())
            .put("version", one.version())
            .put("userId", one.userId())
            .put("source", one.door())
            .put(
                "status",
                one.succeeded() ? "success" : one.state().equals("intent") ? "running" : "error")
            .put("errorType", one.errorType())
            .put("error", one.error())
            .put("durationMs", one.durationMicros() / 1_000.0)
            .put("attempts", one.attempts());
    shown.set("logs", one.logs() == null ? Json.array() : one.logs());
    return shown.put("executedAt", Answers.time(one.at()));
  }

  private void usage(Exchange exchange) {
    var found = tools.list(exchange.caller(), Answers.listing(exchange));
    var usage = tools.usage(exchange.caller(), found.page().stream().map(ToolSummary::id).toList());
    exchange.json(
        200,
        Answers.list(
            "usage",
            found.page(),
            found.total(),
            tool ->
                CustomToolBody.usage(usage.getOrDefault(tool.id(), ToolUsage.NONE))
                    .put("toolId", tool.id())
                    .put("toolName", tool.name())));
  }

  private Tool found(Exchange exchange) {
    return tools.get(exchange.caller(), exchange.path("tool_id"));
  }

  private ObjectNode shown(Exchange exchange, Tool tool) {
    return CustomToolBody.shown(
        tool, Tools.mayEdit(exchange.caller(), tool), tools.usage(exchange.caller(), tool));
  }
}
