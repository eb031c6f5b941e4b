package dev.toolwright.api.agents;

import static dev.toolwright.agent.JobView.time;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.definition.Definitions;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.model.Dialect;
import dev.toolwright.model.ToolSpec;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.CallResult;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolRuns;
import dev.toolwright.tool.ToolSummary;
import dev.toolwright.tool.ToolUsage;
import dev.toolwright.tool.Tools;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/agents/tools/…`: tools made, listed, shown, changed, tested and shared.
public final class ToolRoutes {
  private static final Access ACCESS = Access.group("tools");

  private static final int PATIENCE_SECONDS = 30;
  private static final int MAX_PATIENCE_SECONDS = 60;

  private final Tools tools;
  private final ToolRuns calls;
  private final ToolTemplates templates = new ToolTemplates();

  public ToolRoutes(Tools tools, ToolRuns calls) {
    this.tools = tools;
    this.calls = calls;
  }

  public List<Route> routes() {
    var name = "/agents/tools/{tool_name}";
    return List.of(
        Route.of("GET", "/agents/tools", ACCESS, Role.VIEWER, "The tools you may use", this::usable)
            .doc(
                RouteDoc.NONE
                    .query("categories", "any of these; may be repeated")
                    .query("format", "openai or anthropic: function schemas ready to paste")),
        Route.of(
                "POST",
                "/agents/tools/create",
                ACCESS,
                Role.MEMBER,
                "Create a tool (2 credits)",
                this::create)
            .doc(
                RouteDoc.NONE
                    .description(
                        "With template the rest is taken from it: GET /agents/tools/templates.")
                    .request(Bodies.schema(ToolTemplates.FIELDS), ToolBody.example())),
        Route.of(
                "GET",
                "/agents/tools/list",
                ACCESS,
                Role.VIEWER,
                "The tools that people made",
                this::list)
            .doc(RouteDoc.NONE.query("created_by_me", "true: only yours")),
        Route.of(
            "GET",
            "/agents/tools/templates",
            ACCESS,
            Role.VIEWER,
            "Complete definitions to begin with",
            exchange -> exchange.json(200, templates.shown())),
        Route.of("GET", name, ACCESS, Role.VIEWER, "Show a tool", this::show),
        Route.of(
                "PUT",
                name,
                ACCESS,
                Role.MEMBER,
                "Change a tool: a new version (1 credit)",
                this::update)
            .doc(
                RouteDoc.NONE.request(
                    Bodies.schema(ToolBody.FIELDS),
                    Json.object().put("description", "Greets by name"))),
        Route.of("DELETE", name, ACCESS, Role.MEMBER, "Delete a tool", this::delete)
            .doc(RouteDoc.NONE.query("force", "true: also when agents use it")),
        Route.of(
                "POST",
                name + "/test",
                ACCESS,
                Role.MEMBER,
                "Run a tool once (0.5 credits)",
                this::test)
            .doc(
                RouteDoc.NONE
                    .description(
                        "A tool that waits for an answer from outside is waited for; when that"
                            + " takes longer, success is null and status_url leads on.")
                    .query("wait", "seconds to wait for such a tool, at most 60; 30 unless told")
                    .request(
                        Bodies.schema("parameters", "context"),
                        Json.object().set("parameters", Json.object().put("name", "Ada")))),
        Route.of(
                "POST",
                name + "/share",
                ACCESS,
                Role.MEMBER,
                "Give or take the use of a tool",
                this::share)
            .doc(
                RouteDoc.NONE.request(
                    Bodies.schema("user_ids", "grant_access"),
                    Json.object()
                        .put("grant_access", true)
                        .set("user_ids", Json.array().add("user_…")))));
  }

  private void create(Exchange exchange) throws InterruptedException {
    var in = Fields.of(templates.completed(exchange.body()));
    var draft = ToolBody.draft(in, true);
    var tool = tools.create(exchange.caller(), draft, in, true);
    exchange.json(200, saved(tool, "Tool created successfully"));
  }

  private void update(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var current = tools.get(exchange.caller(), exchange.path("tool_name"));
    ToolBody.keep(in, shown(exchange.caller(), current));
    var draft = ToolBody.draft(in, false);
    var tool = tools.update(exchange.caller(), current.id(), draft, in);
    exchange.json(200, saved(tool, "Tool updated successfully").put("version", tool.version()));
  }

  private static ObjectNode saved(Tool tool, String message) {
    return Json.object()
        .put("response", "200")
        .put("tool_id", tool.id())
        .put("tool_name", tool.name())
        .put("message", message);
  }

  private void usable(Exchange exchange) {
    var dialect = dialect(exchange.query("format"));
    var categories = exchange.queries("categories");
    if (dialect != null) {
      exchange.json(200, pasteable(exchange.caller(), dialect, categories));
      return;
    }
    var found =
        tools.usable(
            exchange.caller(), Bodies.listing(exchange, Definitions.Scope.USABLE, categories));
    exchange.json(200, Bodies.list("tools", found.page(), found.total(), ToolRoutes::offered));
  }

  private static @Nullable Dialect dialect(@Nullable String format) {
    return format == null
        ? null
        : Dialect.of(format)
            .orElseThrow(() -> Problem.invalid("format must be one of openai, anthropic"));
  }

  /// One function for each name: the one that the name means when the caller uses it.
  private ObjectNode pasteable(Caller caller, Dialect dialect, List<String> categories) {
    var specs =
        tools.usableByName(caller, categories).stream()
            .map(tool ->
                new ToolSpec(
                    tool.name(), tool.content().description(), tool.content().parametersSchema()))
            .toList();
    var answer = Json.object().put("response", "200");
    answer.set("tools", dialect.functions(specs));
    return answer.put("count", specs.size());
  }

  private static ObjectNode offered(ToolSummary tool) {
    var shown = Json.object();
    shown.put("name", tool.name()).put("category", tool.content().category());
    shown.put("description", tool.content().description());
    shown.set("parameters_schema", tool.content().parametersSchema());
    shown.put("tool_type", tool.content().config().kind());
    return shown.put("requires_auth", tool.content().requiresAuth());
  }

  private void list(Exchange exchange) {
    var mine = exchange.flag("created_by_me", false);
    var scope = mine ? Definitions.Scope.MINE : Definitions.Scope.USABLE;
    var found = tools.list(exchange.caller(), Bodies.listing(exchange, scope, List.of()));
    var usage = tools.usage(exchange.caller(), found.page().stream().map(ToolSummary::id).toList());
    exchange.json(
        200, Bodies.list("tools", found.page(), found.total(), tool -> listed(tool, usage)));
  }

  private static ObjectNode listed(ToolSummary tool, Map<String, ToolUsage> usage) {
    var shown = Json.object();
    shown.put("tool_id", tool.id()).put("tool_name", tool.name());
    shown.put("description", tool.content().description());
    shown.put("category", tool.content().category());
    shown.put("tool_type", tool.content().config().kind());
    shown.put("created_at", time(tool.createdAt())).put("is_shared", tool.isShared());
    shown.set("usage_stats", stats(usage.get(tool.id())));
    return shown;
  }

  private static ObjectNode stats(@Nullable ToolUsage usage) {
    var stats = Json.object();
    stats.put("usage_count", usage == null ? 0 : usage.calls());
    stats.put("last_used", usage == null ? null : time(usage.lastUsedAt()));
    return stats.put("avg_execution_time_ms", usage == null ? 0.0 : usage.averageMillis());
  }

  private void show(Exchange exchange) {
    var caller = exchange.caller();
    var tool = tools.get(caller, exchange.path("tool_name"));
    var shown = shown(caller, tool);
    shown.set("usage_stats", stats(tools.usage(caller, tool)));
    exchange.json(200, Json.object().put("response", "200").set("tool", shown));
  }

  private static ObjectNode shown(Caller caller, Tool tool) {
    var content = tool.content();
    var shown = Json.object();
    shown.put("tool_id", tool.id()).put("tool_name", tool.name());
    shown.put("description", content.description()).put("category", content.category());
    shown.put("tool_type", content.config().kind());
    shown.set("parameters_schema", content.parametersSchema());
    shown.set(
        "implementation",
        Tools.mayEdit(caller, tool) ? ToolBody.implementation(content.config()) : null);
    shown.set("behavior", Json.tree(ToolBody.behavior(content.behavior())));
    if (content.approval() != null) {
      shown.set("approval", content.approval().shown());
    }
    shown.put("requires_auth", content.requiresAuth());
    shown.put("max_execution_time_ms", content.timeoutMs()).put("is_shared", tool.isShared());
    shown.put("creator_name", tool.ownerName()).put("created_at", time(tool.createdAt()));
    return shown.put("updated_at", time(tool.updatedAt())).put("version", tool.version());
  }

  private void delete(Exchange exchange) {
    var name = exchange.path("tool_name");
    tools.delete(exchange.caller(), name, exchange.flag("force", false));
    exchange.json(
        200,
        Json.object()
            .put("response", "200")
            .put("tool_name", name)
            .put("message", "Tool deleted successfully"));
  }

  private void test(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var parameters = in.object("parameters");
    var context = in.object("context");
    in.finish();
    var patience = exchange.intQuery("wait", PATIENCE_SECONDS, 0, MAX_PATIENCE_SECONDS);
    var tool = tools.callable(exchange.caller(), exchange.path("tool_name"));
    var result =
        calls.call(
            exchange.caller(),
            tool,
            Objects.requireNonNullElseGet(parameters, Json::object),
            CallContext.direct(
                "test",
                exchange.caller(),
                tool,
                Objects.requireNonNullElseGet(context, Json::object),
                PricedAction.TOOL_TEST,
                exchange.header("Idempotency-Key")),
            Duration.ofSeconds(patience));
    if (result.outcome() instanceof Outcome.Invalid invalid) {
      throw Problem.unprocessable(invalid.faults(), Map.of("example", invalid.example()));
    }
    exchange.json(200, tested(result));
  }

  private static ObjectNode tested(CallResult result) {
    var outcome = result.outcome();
    var answer = Json.object().put("response", "200");
    var runId = result.runId();
    answer.put("success", runId == null ? outcome.succeeded() : null);
    answer.set("result", outcome.value());
    if (runId != null) {
      var jobId = Ids.as("job", runId);
      answer.put("status", "waiting").put("job_id", jobId);
      answer.put("status_url", "/agents/status/" + jobId);
    } else if (!outcome.succeeded()) {
      answer.put("error", outcome.error()).put("error_type", outcome.errorType());
    }
    answer.put("execution_time_ms", Math.round(result.duration().toNanos() / 10_000.0) / 100.0);
    var logs = answer.putArray("logs");
    result.logs().forEach(logs::add);
    return answer.put("call_id", result.callId());
  }

  private void share(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var users = in.texts("user_ids", 1_000, 100);
    if (users == null || users.isEmpty()) {
      in.fault("user_ids", "must name at least one user");
    }
    var give = in.bool("grant_access", true);
    in.finish();
    var count =
        tools.share(
            exchange.caller(),
            exchange.path("tool_name"),
            Objects.requireNonNullElse(users, List.of()),
            give);
    exchange.json(
        200,
        Json.object()
            .put("response", "200")
            .put(
                "message",
                "Tool access %s %d users".formatted(give ? "granted for" : "revoked for", count)));
  }
}
