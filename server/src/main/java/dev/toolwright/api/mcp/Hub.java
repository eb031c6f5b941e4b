package dev.toolwright.api.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.agent.Agent;
import dev.toolwright.agent.AgentDraft;
import dev.toolwright.agent.Agents;
import dev.toolwright.connection.Auth;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.Operation;
import dev.toolwright.connection.Requests;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.http.Problem;
import dev.toolwright.importer.ToolNames;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolDraft;
import dev.toolwright.tool.ToolRuns;
import dev.toolwright.tool.Tools;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What the tools of the Hub face do. A hub is a workspace; a custom tool is an HTTP tool over a
/// connection; switching one off takes it from an agent and remembers that it was there.
public final class Hub {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String OFF = "disabled_tools";
  private static final String USAGE = "\n\nHow to use it: ";

  private final Tools tools;
  private final ToolNames names;
  private final Agents agents;
  private final Connections connections;
  private final ToolRuns calls;

  public Hub(Tools tools, ToolNames names, Agents agents, Connections connections, ToolRuns calls) {
    this.tools = tools;
    this.names = names;
    this.agents = agents;
    this.connections = connections;
    this.calls = calls;
  }

  /// @param arguments that fit the tool's schema
  /// @throws Problem when it may not or cannot be done
  ObjectNode call(Caller caller, String name, ObjectNode arguments) throws InterruptedException {
    if (!name.equals("list_hubs")) {
      requireHub(caller, arguments.path("hub_id").asString(""));
    }
    return switch (name) {
      case "list_hubs" -> hubs(caller);
      case "list_agents" -> agents(caller);
      case "list_connections" -> connections(caller);
      case "list_tools" -> tools(caller, arguments.path("agent_id").asString(""));
      case "get_tool" -> shown(tool(caller, arguments));
      case "add_custom_tool" -> added(caller, arguments);
      case "update_custom_tool" -> updated(caller, arguments);
      case "enable_tool" -> switched(caller, arguments, true, false);
      case "disable_tool" -> switched(caller, arguments, false, true);
      case "remove_tool" -> switched(caller, arguments, false, false);
      case "remove_custom_tool" -> removed(caller, arguments);
      case "test_tool" -> tested(caller, arguments);
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static void requireHub(Caller caller, String id) {
    var own = caller.workspaceId();
    if (!id.equals(own) && !id.equals(own.substring(own.indexOf('_') + 1))) {
      throw Problem.notFound("Hub", id);
    }
  }

  private static ObjectNode hubs(Caller caller) {
    var answer = Json.object();
    answer.putArray("hubs").addObject().put("hub_id", caller.workspaceId());
    return answer;
  }

  private ObjectNode agents(Caller caller) {
    var answer = Json.object();
    var list = answer.putArray("agents");
    agents
        .list(caller, Listing.of(Definitions.Scope.USABLE))
        .page()
        .forEach(agent -> {
          var shown = list.addObject().put("agent_id", agent.id()).put("name", agent.name());
          var own = shown.putArray("tools");
          agent.content().tools().forEach(tool -> own.add(tool.id()));
        });
    return answer;
  }

  private ObjectNode connections(Caller caller) {
    var answer = Json.object();
    var list = answer.putArray("connections");
    connections.list(caller, Listing.of(Definitions.Scope.USABLE)).page().stream()
        .filter(one -> one.content().apiType().equals("rest"))
        .forEach(one ->
            list.addObject()
                .put("connection_id", one.id())
                .put("name", one.content().title())
                .put("type", "Tool - Custom")
                .put("base_url", one.content().baseUrl()));
    return answer;
  }

  /// @param agentId empty: of the whole hub
  private ObjectNode tools(Caller caller, String agentId) {
    var answer = Json.object();
    var list = answer.putArray("tools");
    if (agentId.isEmpty()) {
      tools
          .list(caller, Listing.of(Definitions.Scope.USABLE))
          .page()
          .forEach(
              tool -> list.addObject().put("tool_id", tool.id()).put("tool_name", tool.name()));
      return answer;
    }
    var agent = agents.get(caller, agentId);
    agent
        .content()
        .tools()
        .forEach(tool ->
            list.addObject()
                .put("tool_id", tool.id())
                .put("tool_name", tool.name())
                .put("enabled", true));
    off(agent)
        .forEach(id ->
            tools
                .byId(caller, id)
                .ifPresent(tool ->
                    list.addObject()
                        .put("tool_id", id)
                        .put("tool_name", tool.name())
                        .put("enabled", false)));
    return answer;
  }

  private Tool tool(Caller caller, ObjectNode arguments) {
    return tools.get(caller, arguments.path("tool_id").asString(""));
  }

  // Making tools

  private ObjectNode added(Caller caller, ObjectNode arguments) throws InterruptedException {
    var agent = agents.get(caller, arguments.path("agent_id").asString(""));
    requireEditable(caller, agent);
    var in = spelled(arguments);
    var draft = draft(caller, arguments, null, in);
    var made = tools.create(caller, draft, in, true);
    try {
      attach(caller, agent, made.id(), true, false);
    } catch (RuntimeException e) {
      // The agent is gone, or one of its tools is: what was asked for is both or nothing.
      tools.delete(caller, made.id(), true);
      throw e;
    }
    return shown(made);
  }

  private static void requireEditable(Caller caller, Agent agent) {
    if (!Definitions.mayEdit(caller, agent.workspaceId(), agent.ownerId())) {
      throw Problem.of(Problem.Kind.FORBIDDEN, "Only its owner or an admin may change this agent");
    }
  }

  private ObjectNode updated(Caller caller, ObjectNode arguments) throws InterruptedException {
    var old = tool(caller, arguments);
    if (!(old.content().config() instanceof Config.HttpApi)) {
      throw Problem.invalid("tool_id must name a custom tool");
    }
    var in = spelled(arguments);
    var draft = draft(caller, arguments, old, in);
    return shown(tools.update(caller, old.id(), draft, in));
  }

  /// The request's fields as the domain names them, with faults as this face spells them.
  private static Fields spelled(ObjectNode arguments) {
    var request = Json.object();
    copy(arguments, "tool_url", request, "url");
    copy(arguments, "tool_method", request, "method");
    copy(arguments, "tool_body", request, "body");
    copy(arguments, "tool_body_format", request, "body_format");
    if (arguments.has("tool_headers")) {
      var headers = request.putObject("headers");
      arguments
          .path("tool_headers")
          .forEach(one -> headers.set(one.path("key").asString(""), one.get("value")));
    }
    return Fields.of(request)
        .spell("implementation.url", "tool_url")
        .spell("url", "tool_url")
        .spell("method", "tool_method")
        .spell("body", "tool_body")
        .spell("body_format", "tool_body_format")
        .spell("headers", "tool_headers")
        .spell("parameters_schema", "tool_config.parameters");
  }

  private static void copy(ObjectNode from, String name, ObjectNode to, String as) {
    if (from.has(name)) {
      to.set(as, from.get(name));
    }
  }

  private ToolDraft draft(Caller caller, ObjectNode arguments, @Nullable Tool old, Fields in) {
    var before = old == null ? null : (Config.HttpApi) old.content().config();
    var config = arguments.path("tool_config");
    var connection = connection(caller, arguments, before, in);
    var said = Operation.read(in, false);
    var operation = before == null ? said : merged(before.operation(), said, arguments);
    requireSameOrigin(operation.url(), connection, in);
    var title =
        config.has("name")
            ? config.path("name").asString("")
            : arguments.path("tool_name").asString(old == null ? "" : title(old));
    var parameters =
        config.path("parameters") instanceof ObjectNode schema
            ? schema
            : old == null || arguments.has("tool_url") || arguments.has("tool_body")
                ? operation.impliedParameters()
                : null;
    return ToolDraft.of(
        old == null ? names.free(caller, title) : null,
        title,
        description(arguments, old),
        new Config.HttpApi(
            operation, new Auth.None(), null, connection == null ? "" : connection.id()),
        parameters);
  }

  private @Nullable Connection connection(
      Caller caller, ObjectNode arguments, Config.@Nullable HttpApi before, Fields in) {
    var id = arguments.path("connection_id").asString("");
    var wanted = id.isEmpty() && before != null ? String.valueOf(before.connectionId()) : id;
    var found = connections.usable(caller, wanted);
    if (found.isEmpty()) {
      in.fault("connection_id", "names no connection that you may use: " + wanted);
    }
    return found.orElse(null);
  }

  /// What was said over what was.
  private static Operation merged(Operation old, Operation said, ObjectNode arguments) {
    return new Operation(
        arguments.has("tool_method") ? said.method() : old.method(),
        arguments.has("tool_url") ? said.url() : old.url(),
        old.query(),
        arguments.has("tool_headers") ? said.headers() : old.headers(),
        arguments.has("tool_body") ? said.body() : old.body(),
        arguments.has("tool_body_format") ? said.bodyFormat() : old.bodyFormat(),
        old.answer());
  }

  /// The connection's secrets go to its own host and nowhere else.
  private static void requireSameOrigin(String url, @Nullable Connection connection, Fields in) {
    if (connection != null
        && url.contains("://")
        && !Requests.origin(url).equals(Requests.origin(connection.content().baseUrl()))) {
      in.fault("url", "must be a path, or a URL of the connection's own host");
    }
  }

  private static String title(Tool tool) {
    var title = tool.content().title();
    return title == null ? tool.name() : title;
  }

  /// The description, with how to use the tool after it: a model reads both.
  private static String description(ObjectNode arguments, @Nullable Tool old) {
    var before = old == null ? "" : old.content().description();
    var at = before.indexOf(USAGE);
    var config = arguments.path("tool_config").path("description");
    var said = config.isString() ? config : arguments.path("tool_description");
    var description = said.isString() ? said.asString() : at < 0 ? before : before.substring(0, at);
    var instructions =
        arguments
            .path("tool_instructions")
            .asString(at < 0 ? "" : before.substring(at + USAGE.length()));
    return instructions.isEmpty() ? description : description + USAGE + instructions;
  }

  private static ObjectNode shown(Tool tool) {
    var content = tool.content();
    var shown =
        Json.object()
            .put("tool_id", tool.id())
            .put("tool_name", title(tool))
            .put("tool_description", content.description())
            .put("version", tool.version());
    if (content.config() instanceof Config.HttpApi api) {
      var operation = api.operation();
      shown
          .put("connection_id", api.connectionId())
          .put("tool_method", operation.method().toLowerCase(Locale.ROOT))
          .put("tool_url", operation.url());
      var headers = shown.putArray("tool_headers");
      operation
          .headers()
          .forEach((key, value) -> headers.addObject().put("key", key).put("value", value));
      shown.set("tool_body", operation.body());
      shown.put("tool_body_format", operation.bodyFormat().key());
    }
    shown
        .putObject("tool_config")
        .put("name", tool.name())
        .put("description", content.description())
        .set("parameters", content.parametersSchema());
    return shown;
  }

  private ObjectNode removed(Caller caller, ObjectNode arguments) {
    var tool = tool(caller, arguments);
    tools.delete(caller, tool.id(), true);
    return Json.object().put("tool_id", tool.id()).put("message", "Tool deleted");
  }

  // Giving them to agents

  private ObjectNode switched(
      Caller caller, ObjectNode arguments, boolean attached, boolean remembered) {
    var agent = agents.get(caller, arguments.path("agent_id").asString(""));
    var tool = tool(caller, arguments);
    attach(caller, agent, tool.id(), attached, remembered);
    return Json.object()
        .put("agent_id", agent.id())
        .put("tool_id", tool.id())
        .put("enabled", attached);
  }

  private void attach(
      Caller caller, Agent agent, String toolId, boolean attached, boolean remembered) {
    var own = new LinkedHashSet<String>();
    agent.content().tools().forEach(tool -> own.add(tool.id()));
    var off = new LinkedHashSet<>(off(agent));
    var had = own.contains(toolId) || off.contains(toolId);
    if (!attached && !had) {
      throw Problem.notFound("Tool of this agent", toolId);
    }
    own.remove(toolId);
    off.remove(toolId);
    if (attached) {
      own.add(toolId);
    } else if (remembered) {
      off.add(toolId);
    }
    ObjectNode metadata =
        agent.content().metadata() instanceof ObjectNode object ? object.deepCopy() : Json.object();
    metadata.remove(OFF);
    if (!off.isEmpty()) {
      off.forEach(metadata.putArray(OFF)::add);
    }
    agents.update(
        caller,
        agent.id(),
        new AgentDraft(null, null, null, null, null, new ArrayList<>(own), metadata));
  }

  private static Set<String> off(Agent agent) {
    var off = new LinkedHashSet<String>();
    agent.content().metadata().path(OFF).forEach(id -> off.add(id.asString("")));
    return off;
  }

  // Trying them

  private ObjectNode tested(Caller caller, ObjectNode arguments) throws InterruptedException {
    var tool = tools.callable(caller, arguments.path("tool_id").asString(""));
    JsonNode given = arguments.path("parameters");
    var context =
        CallContext.direct("hub", caller, tool, Json.object(), PricedAction.TOOL_CALL, null);
    var called =
        calls.call(
            caller,
            tool,
            given instanceof ObjectNode object ? object : Json.object(),
            context,
            PATIENCE);
    var outcome = called.outcome();
    var shown = Json.object().put("success", outcome.succeeded());
    shown.set("result", outcome.value());
    shown.put("error", outcome.error()).put("error_type", outcome.errorType());
    called.logs().forEach(shown.putArray("logs")::add);
    return shown.put("execution_time_ms", called.duration().toNanos() / 1e6);
  }
}
