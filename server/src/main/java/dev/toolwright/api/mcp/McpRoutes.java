package dev.toolwright.api.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import dev.toolwright.mcp.Revision;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.CallResult;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.ToolRuns;
import dev.toolwright.tool.ToolSummary;
import dev.toolwright.tool.Tools;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `/mcp`: Streamable HTTP without sessions, for the stateless revision and for those with a
/// handshake.
public final class McpRoutes {
  private static final Access ACCESS = Access.group("mcp");
  private static final int PAGE = 500;
  private static final String WAIT = "dev.toolwright/wait_seconds";
  private static final int MAX_PATIENCE_SECONDS = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int TTL_MS = 5_000;
  private static final String SERVER_INFO = "io.modelcontextprotocol/serverInfo";

  private final Tools tools;
  private final ToolRuns calls;
  private final String version;
  private final Predicate<String> ownOrigin;
  private final Supplier<URI> server;

  /// @param ownOrigin whether a browser's `Origin` is one of ours
  /// @param server the address of this server as others see it
  public McpRoutes(
      Tools tools,
      ToolRuns calls,
      String version,
      Predicate<String> ownOrigin,
      Supplier<URI> server) {
    this.tools = tools;
    this.calls = calls;
    this.version = version;
    this.server = server;
    this.ownOrigin = ownOrigin;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
                "POST",
                "/mcp",
                ACCESS,
                Role.VIEWER,
                "Your tools over the Model Context Protocol",
                this::post)
            .doc(
                RouteDoc.NONE
                    .description(
                        "JSON-RPC 2.0; revisions " + String.join(", ", Revision.SUPPORTED) + ".")
                    .request(
                        Json.object().put("type", "object"),
                        Json.object()
                            .put("jsonrpc", "2.0")
                            .put("id", 1)
                            .put("method", "tools/list"))));
  }

  private void post(Exchange exchange) throws InterruptedException {
    var origin = exchange.header("Origin");
    if (origin != null && !isOwn(origin, exchange.header("Host"))) {
      throw Problem.of(Problem.Kind.FORBIDDEN, "This Origin may not use the MCP server");
    }
    var message = exchange.body();
    if (!message.has("method") && (message.has("result") || message.has("error"))) {
      exchange.bytes(202, "application/json", new byte[0]);
      return;
    }
    var answer = Json.object().put("jsonrpc", "2.0");
    var id = message.get("id");
    if (id != null) {
      answer.set("id", id);
    }
    try {
      var request = McpRequest.of(message, exchange::header);
      if (request.id() == null) {
        exchange.bytes(202, "application/json", new byte[0]);
        return;
      }
      answer.set("result", finished(request, answered(exchange.caller(), request)));
      exchange.json(200, answer);
    } catch (McpError e) {
      answer.set("error", e.toJson());
      exchange.json(e.status(), answer);
    }
  }

  private boolean isOwn(String origin, @Nullable String host) {
    try {
      return ownOrigin.test(origin) || URI.create(origin).getAuthority().equals(host);
    } catch (IllegalArgumentException | NullPointerException e) {
      return false;
    }
  }

  private ObjectNode answered(Caller caller, McpRequest request)
      throws McpError, InterruptedException {
    return switch (request.method()) {
      case "initialize" -> {
        var initialized = about();
        initialized.put(
            "protocolVersion",
            Revision.legacy(request.params().path("protocolVersion").asString("")));
        initialized.set("serverInfo", serverInfo());
        yield initialized;
      }
      case "server/discover" -> {
        var discovered = about();
        var supported = discovered.putArray("supportedVersions");
        Revision.SUPPORTED.forEach(supported::add);
        yield discovered.put("ttlMs", 3_600_000).put("cacheScope", "public");
      }
      case "ping" -> {
        if (request.isModern()) {
          throw unknown(request);
        }
        yield Json.object();
      }
      case "tools/list" -> list(caller, request);
      case "tools/call" -> call(caller, request);
      default -> throw unknown(request);
    };
  }

  private static McpError unknown(McpRequest request) {
    return new McpError(
        request.isModern() ? 404 : 200,
        McpError.UNKNOWN_METHOD,
        "Unknown method " + shown(request.method()),
        null);
  }

  private static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  private static ObjectNode about() {
    var about = Json.object();
    about.putObject("capabilities").putObject("tools");
    return about.put(
        "instructions",
        "The tools that your token may use. Each call is checked, recorded and limited as anywhere else.");
  }

  private ObjectNode serverInfo() {
    return Json.object()
        .put("name", "toolwright")
        .put("title", "Toolwright")
        .put("version", version);
  }

  /// What the stateless revision wants with every result.
  private ObjectNode finished(McpRequest request, ObjectNode result) {
    if (request.isModern()) {
      result.put("resultType", "complete");
      result.putObject("_meta").set(SERVER_INFO, serverInfo());
    }
    return result;
  }

  private ObjectNode list(Caller caller, McpRequest request) throws McpError {
    var cursor = request.params().path("cursor");
    if (!cursor.isMissingNode() && !cursor.isString()) {
      throw new McpError(200, McpError.INVALID_PARAMS, "The cursor is not one of ours", null);
    }
    var after = cursor.asString("");
    var page = tools.byName(caller, after, PAGE + 1);
    var result = Json.object();
    var list = result.putArray("tools");
    if (after.isEmpty()) {
      tools.available().forEach(tool -> list.add(described(tool)));
    }
    page.stream().limit(PAGE).forEach(tool -> list.add(described(tool)));
    if (page.size() > PAGE) {
      result.put("nextCursor", page.get(PAGE - 1).name());
    }
    if (request.isModern()) {
      result.put("ttlMs", TTL_MS).put("cacheScope", "private");
    }
    return result;
  }

  private static JsonNode described(ToolSummary tool) {
    var described = Json.object().put("name", tool.name());
    described.put("description", tool.content().description());
    described.set("inputSchema", tool.content().parametersSchema());
    var behavior = tool.content().behavior();
    described
        .putObject("annotations")
        .put("readOnlyHint", behavior.readOnly())
        .put("destructiveHint", behavior.destructive())
        .put("idempotentHint", behavior.idempotent())
        .put("openWorldHint", behavior.openWorld());
    return described;
  }

  private ObjectNode call(Caller caller, McpRequest request) throws McpError, InterruptedException {
    var name = request.params().path("name").asString("");
    var tool =
        tools
            .find(caller, name)
            .orElseThrow(() ->
                new McpError(200, McpError.INVALID_PARAMS, "Unknown tool: " + shown(name), null));
    var given = request.params().path("arguments");
    if (!given.isMissingNode() && !given.isObject()) {
      throw new McpError(200, McpError.INVALID_PARAMS, "arguments must be an object", null);
    }
    var context =
        CallContext.direct("mcp", caller, tool, Json.object(), PricedAction.TOOL_CALL, null);
    var arguments = given instanceof ObjectNode object ? object : Json.object();
    var called = calls.call(caller, tool, arguments, context, patience(request));
    return result(called, request.isModern());
  }

  /// How long a client waits for a call that goes on without it, if it says so.
  private static Duration patience(McpRequest request) {
    var said = request.params().path("_meta").path(WAIT);
    return said.isIntegralNumber()
        ? Duration.ofSeconds(Math.clamp(said.asLong(0), 0, MAX_PATIENCE_SECONDS))
        : PATIENCE;
  }

  private ObjectNode result(CallResult called, boolean isModern) {
    return switch (called.outcome()) {
      case Outcome.Succeeded(var value) -> {
        var result = text(value.isString() ? value.asString() : Json.write(value));
        // Before the stateless revision structured content had to be an object.
        if (isModern || value.isObject()) {
          result.set("structuredContent", value);
        }
        yield result.put("isError", false);
      }
      case Outcome.Invalid(var faults, var example) ->
          failure(
              "The arguments do not fit: %s. An example that fits: %s"
                  .formatted(String.join("; ", faults), Json.write(example)));
      case Outcome.Suspended _ -> waiting(String.valueOf(called.runId()));
      case Outcome other -> failure(other.errorType() + ": " + other.error());
    };
  }

  /// The call goes on without the client, who may look at what becomes of it.
  private ObjectNode waiting(String runId) {
    var job = Ids.as("job", runId);
    var url = server.get() + "/agents/status/" + job;
    var result =
        text(
            "The tool waits for an answer from outside and goes on as job %s. Its result will be at %s"
                .formatted(job, url));
    result
        .putObject("structuredContent")
        .put("status", "waiting")
        .put("job_id", job)
        .put("status_url", url);
    return result.put("isError", false);
  }

  private static ObjectNode failure(String sentence) {
    return text(sentence).put("isError", true);
  }

  private static ObjectNode text(String text) {
    var result = Json.object();
    result.putArray("content").addObject().put("type", "text").put("text", text);
    return result;
  }
}
