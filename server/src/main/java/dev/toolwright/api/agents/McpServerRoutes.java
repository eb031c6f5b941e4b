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
import dev.toolwright.connection.OAuthDiscovery;
import dev.toolwright.expression.UrlTemplate;
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

  private static final String OAUTH = "oauth2_authorization_code";

  private final McpServers servers;
  private final OAuthDiscovery oauth;

  public McpServerRoutes(McpServers servers, OAuthDiscovery oauth) {
    this.servers = servers;
    this.oauth = oauth;
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
                            + " are. Both are stored encrypted and never shown. auth is that of"
                            + " a connection; of the type oauth2_authorization_code it may be"
                            + " that alone, then the server is asked whom it trusts, and you agree"
                            + " at POST /api/connections/{id}/authorize.")
                    .request(
                        Bodies.schema(
                            "name",
                            "url",
                            "transport",
                            "api_key",
                            "headers",
                            "auth",
                            "capabilities"),
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

  private void add(Exchange exchange) throws InterruptedException {
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
    var said = in.nested("auth");
    if (said != null && !secrets.isEmpty()) {
      in.fault("auth", "takes the place of api_key and headers: give the one or the others");
    }
    var auth =
        said == null
            ? new AuthDraft(new Auth.None(), secrets, Set.of())
            : auth(exchange, in, said, url);
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

  /// What is left out of an authorization by a person is what the server says of it.
  private AuthDraft auth(Exchange exchange, Fields in, Fields said, String url)
      throws InterruptedException {
    var isDiscovered =
        OAUTH.equals(said.text("type", 100))
            && !said.has("authorize_url")
            && !said.has("token_url");
    if (!isDiscovered) {
      return AuthDraft.read(said, true);
    }
    var id = said.text("client_id", 1_000);
    var secret = said.text("client_secret", LONGEST_SECRET);
    var client =
        new OAuthDiscovery.Client(
            id, secret == null ? null : Secret.of(secret), said.text("scope", 4_000));
    if (UrlTemplate.parse(url).template() == null) {
      return AuthDraft.NONE; // whoever reads the connection says what is wrong with it
    }
    // Nobody is registered anywhere for a request that is refused.
    in.finish();
    try {
      return oauth.discover(exchange.caller().workspaceId(), url, client);
    } catch (OAuthDiscovery.Unfit e) {
      in.fault("auth", "cannot be found out: " + e.getMessage());
      return AuthDraft.NONE;
    }
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
    found.changed().forEach(one -> changed.add(one.toJson()));
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
    shown.set("changed", server.changed());
    shown.set("gone", server.gone());
    return shown.put("seen_at", server.seenAt() == null ? null : server.seenAt().toString());
  }

  private static List<String> capabilities(Connection connection) {
    var said = connection.content().description();
    return said.isEmpty() ? List.of() : List.of(said.split(", "));
  }
}
