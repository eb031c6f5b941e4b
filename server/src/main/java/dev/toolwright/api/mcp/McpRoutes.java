package dev.toolwright.api.mcp;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import dev.toolwright.mcp.Revision;
import dev.toolwright.mcp.Session;
import dev.toolwright.mcp.Sessions;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `/mcp` and `/mcp/hub`: Streamable HTTP, for the stateless revision and for those with a
/// handshake.
public final class McpRoutes {
  private static final String PATH = "/mcp";
  private static final Access ACCESS = Access.group("mcp");
  private static final String SESSION = "Mcp-Session-Id";
  private static final String LOG_LEVEL = "io.modelcontextprotocol/logLevel";
  private static final String METADATA = "/.well-known/oauth-protected-resource";

  private final Face tools;
  private final Face hub;
  private final Sessions sessions;
  private final Predicate<String> ownOrigin;
  private final Supplier<URI> server;

  /// @param ownOrigin whether a browser's `Origin` is one of ours
  /// @param server the address of this server as others see it
  public McpRoutes(
      Methods tools,
      HubMethods hub,
      Sessions sessions,
      Predicate<String> ownOrigin,
      Supplier<URI> server) {
    this.tools = tools;
    this.hub = hub;
    this.sessions = sessions;
    this.ownOrigin = ownOrigin;
    this.server = server;
  }

  public List<Route> routes() {
    var agent = "the id of an agent: only its tools";
    return Stream.of(
            routes(PATH, tools, "Your tools over the Model Context Protocol", agent),
            routes(PATH + "/hub", hub, "Make tools and give them to agents, over MCP", null),
            List.of(
                metadata(METADATA), metadata(METADATA + PATH), metadata(METADATA + PATH + "/hub")))
        .flatMap(List::stream)
        .toList();
  }

  /// @param agent what the parameter of that name means; null: there is none
  private List<Route> routes(String path, Face face, String summary, @Nullable String agent) {
    var example = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", "tools/list");
    var narrowed = agent == null ? RouteDoc.NONE : RouteDoc.NONE.query("agent", agent);
    return List.of(
        Route.of("POST", path, ACCESS, Role.VIEWER, summary, exchange -> post(face, exchange))
            .doc(
                narrowed
                    .description(
                        "JSON-RPC 2.0; revisions " + String.join(", ", Revision.SUPPORTED) + ".")
                    .request(Json.object().put("type", "object"), example)),
        Route.of(
                "GET",
                path,
                ACCESS,
                Role.VIEWER,
                "Hear of changes, in a session",
                exchange -> get(face, exchange))
            .with(Route.Trait.STREAMS)
            .doc(narrowed.type("text/event-stream")),
        Route.of("DELETE", path, ACCESS, Role.VIEWER, "End a session", this::delete)
            .doc(RouteDoc.NONE.status(204)));
  }

  private Route metadata(String path) {
    return Route.of(
        "GET",
        path,
        Access.PUBLIC,
        Role.VIEWER,
        "How MCP clients authenticate (RFC 9728)",
        exchange -> {
          var resource = path.substring(METADATA.length());
          var metadata =
              Json.object().put("resource", server.get() + (resource.isEmpty() ? PATH : resource));
          metadata.put("resource_name", "Toolwright");
          metadata.putArray("bearer_methods_supported").add("header");
          metadata.putArray("scopes_supported").add("mcp");
          exchange.json(200, metadata);
        });
  }

  private void post(Face face, Exchange exchange) throws InterruptedException {
    checkOrigin(exchange);
    var message = exchange.body();
    var caller = exchange.caller();
    if (!message.has("method") && (message.has("result") || message.has("error"))) {
      sessions.answer(
          caller.workspaceId(), caller.userId(), message.path("id").asString(""), message);
      exchange.bytes(202, "application/json", new byte[0]);
      return;
    }
    try {
      var request = McpRequest.of(message, exchange::header);
      var client = client(exchange, request);
      if (request.id() == null) {
        face.notified(client, request);
        exchange.bytes(202, "application/json", new byte[0]);
      } else if (request.method().equals("initialize") && !request.isModern()) {
        exchange.header(
            SESSION,
            sessions.open(caller.workspaceId(), caller.userId(), capabilities(request.params())));
        exchange.json(200, Wire.answer(request, face.initialized(request)));
      } else {
        face.answer(client, request, exchange);
      }
    } catch (McpError e) {
      exchange.json(e.status(), Wire.answer(message.get("id"), e));
    }
  }

  private void checkOrigin(Exchange exchange) {
    var origin = exchange.header("Origin");
    if (origin != null && !isOwn(origin, exchange.header("Host"))) {
      throw Problem.of(Problem.Kind.FORBIDDEN, "This Origin may not use the MCP server");
    }
  }

  private boolean isOwn(String origin, @Nullable String host) {
    try {
      return ownOrigin.test(origin)
          || server.get().getAuthority().equals(URI.create(origin).getAuthority())
          || (isLocal(host) && URI.create(origin).getAuthority().equals(host));
    } catch (IllegalArgumentException | NullPointerException e) {
      return false;
    }
  }

  /// A page of another site can make a browser come here under the name of that site.
  private static boolean isLocal(@Nullable String host) {
    return host != null && host.matches("(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]+)?");
  }

  private static JsonNode capabilities(ObjectNode params) {
    return params.path("capabilities").isObject() ? params.path("capabilities") : Json.object();
  }

  private Client client(Exchange exchange, McpRequest request) {
    var caller = exchange.caller();
    if (request.isModern()) {
      var meta = request.params().path("_meta");
      var level = meta.path(LOG_LEVEL).asString("");
      return new Client(
          caller,
          true,
          meta.path("io.modelcontextprotocol/clientCapabilities"),
          level.isEmpty() ? null : level,
          null,
          exchange.query("agent"));
    }
    return session(exchange)
        .map(one -> of(exchange, one))
        .orElseGet(
            () -> new Client(caller, false, Json.object(), null, null, exchange.query("agent")));
  }

  private static Client of(Exchange exchange, Session session) {
    return new Client(
        exchange.caller(),
        false,
        session.capabilities(),
        session.logLevel(),
        session,
        exchange.query("agent"));
  }

  /// The session of a request; empty when it names none.
  ///
  /// @throws Problem 404 for one that is over, so that the client opens another
  private Optional<Session> session(Exchange exchange) {
    var id = exchange.header(SESSION);
    if (id == null) {
      return Optional.empty();
    }
    var caller = exchange.caller();
    var found = sessions.find(caller.workspaceId(), caller.userId(), id);
    if (found.isEmpty()) {
      throw Problem.of(Problem.Kind.NOT_FOUND, "This session is over: initialize another");
    }
    return found;
  }

  private void get(Face face, Exchange exchange) throws InterruptedException {
    checkOrigin(exchange);
    var session = session(exchange);
    if (session.isEmpty()) {
      throw Problem.of(
          Problem.Kind.METHOD_NOT_ALLOWED,
          "Without a session there is nothing to hear here: POST a request");
    }
    face.hear(of(exchange, session.get()), exchange.sse());
  }

  private void delete(Exchange exchange) {
    checkOrigin(exchange);
    var caller = exchange.caller();
    session(exchange)
        .ifPresent(one -> sessions.close(caller.workspaceId(), caller.userId(), one.id()));
    exchange.bytes(204, "application/json", new byte[0]);
  }
}
