package dev.toolwright.api.agents;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.connection.Auth;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.ConnectionDraft;
import dev.toolwright.importer.mcp.McpServers;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Tool;
import dev.toolwright.vault.Secret;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/agents/mcp-servers`: MCP servers of others, whose tools agents use.
public final class McpServerRoutes {
  private static final Access ACCESS = Access.group("agents");
  private static final int LONGEST_SECRET = 20_000;

  private final McpServers servers;

  public McpServerRoutes(McpServers servers) {
    this.servers = servers;
  }

  public List<Route> routes() {
    var all = "/agents/mcp-servers";
    var one = all + "/{server_id}";
    return List.of(
        Route.of("POST", all, ACCESS, Role.MEMBER, "Add an MCP server", this::add)
            .doc(
                RouteDoc.NONE
                    .description(
                        "api_key is sent as a bearer token; headers, at most two with it, as they"
                            + " are. Both are stored encrypted and never shown. What else a"
                            + " connection can do, such as OAuth, is set at /api/connections.")
                    .request(
                        Bodies.schema(
                            "name", "url", "transport", "api_key", "headers", "capabilities"),
                        Json.object()
                            .put("name", "business_intelligence")
                            .put("url", "https://mcp.example.com/bi")
                            .put("api_key", "your_mcp_api_key"))
                    .status(201)),
        Route.of("GET", all, ACCESS, Role.VIEWER, "List MCP servers", this::list),
        Route.of(
                "DELETE",
                one,
                ACCESS,
                Role.MEMBER,
                "Delete an MCP server with the tools that were made of its own",
                this::delete)
            .doc(RouteDoc.NONE.query("force", "true: also while agents use them")),
        Route.of(
                "POST",
                one + "/discover",
                ACCESS,
                Role.MEMBER,
                "Make tools of what an MCP server offers, and show what has changed",
                this::discover)
            .doc(
                RouteDoc.NONE
                    .description(
                        "New tools are made at once, of the category mcp. One that its server"
                            + " describes differently than it was accepted is shown under changed"
                            + " and stays as it is until accept is true.")
                    .request(Bodies.schema("accept"), Json.object().put("accept", false))));
  }

  private void add(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var name =
        in.pattern(
            "name",
            "[A-Za-z][A-Za-z0-9_.-]{0,99}",
            "must be 1 to 100 letters, digits and _ . -, beginning with a letter");
    if (!in.has("name")) {
      in.fault("name", "is required");
    }
    var url = in.requiredText("url", 1, 2_000);
    in.choice("transport", List.of("http", "streamable_http", "streamable-http"));
    var capabilities =
        Objects.requireNonNullElse(in.texts("capabilities", 50, 100), List.<String>of());
    var secrets = new TreeMap<String, Secret>();
    var headers = headers(in, secrets);
    var auth = new AuthDraft(new Auth.None(), secrets, Set.of());
    // The connection's own fields have other names than these.
    in.spell("base_url", "url");
    var draft =
        ConnectionDraft.of(
            name, null, String.join(", ", capabilities), McpServers.API_TYPE, url, auth, headers);
    exchange.json(
        201,
        shown(servers.add(exchange.caller(), draft, in))
            .put("response", "200")
            .put("message", "Now discover its tools: POST …/" + name + "/discover"));
  }

  /// The headers that carry secrets, with the places of these.
  private static Map<String, String> headers(Fields in, Map<String, Secret> secrets) {
    var headers = new TreeMap<String, String>();
    var key = in.text("api_key", LONGEST_SECRET);
    if (key != null) {
      headers.put("Authorization", "Bearer {{" + Auth.ACCESS_TOKEN + "}}");
      secrets.put(Auth.ACCESS_TOKEN, secret(in, "api_key", key));
    }
    var given = in.object("headers");
    if (given != null) {
      for (var header : given.properties()) {
        var place = secrets.containsKey(Auth.API_KEY) ? Auth.ACCESS_TOKEN : Auth.API_KEY;
        if (secrets.containsKey(place) || headers.containsKey(header.getKey())) {
          in.fault("headers", "may be two, one of them the api_key's");
          break;
        }
        headers.put(header.getKey(), "{{" + place + "}}");
        secrets.put(
            place, secret(in, "headers." + header.getKey(), header.getValue().asString("")));
      }
    }
    return headers;
  }

  private static Secret secret(Fields in, String field, String value) {
    if (!value.matches("[ -~]{1," + LONGEST_SECRET + "}")) {
      in.fault(field, "must hold printable ASCII characters only");
    }
    return Secret.of(value);
  }

  private void list(Exchange exchange) {
    var found = servers.list(exchange.caller());
    exchange.json(200, Bodies.list("servers", found, found.size(), McpServerRoutes::shown));
  }

  private void delete(Exchange exchange) {
    var name = exchange.path("server_id");
    servers.delete(exchange.caller(), name, exchange.flag("force", false));
    exchange.json(
        200,
        Json.object().put("response", "200").put("message", "MCP server " + name + " deleted"));
  }

  private void discover(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var accept = in.bool("accept", false);
    in.finish();
    var found = servers.discover(exchange.caller(), exchange.path("server_id"), accept);
    var answer = Json.object().put("response", "200").put("server", found.connection().name());
    list(answer, "added", found.added());
    list(answer, "updated", found.updated());
    var changed = answer.putArray("changed");
    for (var one : found.changed()) {
      var shown = changed.addObject().put("name", one.tool().name());
      one.fields().forEach(shown.putArray("fields")::add);
    }
    list(answer, "unchanged", found.unchanged());
    list(answer, "gone", found.gone());
    var skipped = answer.putArray("skipped");
    found
        .skipped()
        .forEach(one -> skipped.addObject().put("name", one.name()).put("reason", one.why()));
    exchange.json(200, answer);
  }

  private static void list(ObjectNode answer, String name, List<Tool> tools) {
    var list = answer.putArray(name);
    for (var tool : tools) {
      list.addObject()
          .put("tool_id", tool.id())
          .put("name", tool.name())
          .put("tool_name", remote(tool))
          .put("description", tool.content().description());
    }
  }

  private static @Nullable String remote(Tool tool) {
    return tool.content().config() instanceof Config.Mcp mcp ? mcp.tool() : null;
  }

  private static ObjectNode shown(McpServers.Server server) {
    var connection = server.connection();
    var shown =
        Json.object()
            .put("server_id", connection.id())
            .put("name", connection.name())
            .put("url", connection.content().baseUrl())
            .put("transport", "http");
    var capabilities = shown.putArray("capabilities");
    capabilities(connection).forEach(capabilities::add);
    var tools = shown.putArray("tools");
    server.tools().forEach(tool -> tools.add(tool.name()));
    return shown;
  }

  private static List<String> capabilities(Connection connection) {
    var said = connection.content().description();
    return said.isEmpty() ? List.of() : List.of(said.split(", "));
  }
}
