package dev.toolwright.connection.mcp;

import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Login;
import dev.toolwright.connection.LoginRefused;
import dev.toolwright.connection.Logins;
import dev.toolwright.connection.mcp.McpFailure.Kind;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.json.Json;
import dev.toolwright.mcp.ParamHeaders;
import dev.toolwright.mcp.Revision;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Speaks to MCP servers in the name of a connection: over Streamable HTTP, to those with a
/// handshake and to those without, and over the old HTTP+SSE. A server is looked for at the
/// connection's base, then below it at `/mcp` and `/sse`. Sessions are kept for the next request
/// and opened anew when a server has forgotten them.
public final class McpClient {
  private static final int MAX_SESSIONS = 1_000;
  private static final Duration OPENED_WITHIN = Duration.ofSeconds(30);
  private static final Duration DISCOVERED_WITHIN = Duration.ofSeconds(5);
  private static final int MAX_PAGES = 100;
  private static final int MAX_TOOLS = 2_000;

  /// The revision of the old transport.
  private static final String OLD = "2024-11-05";

  private static final String META = "io.modelcontextprotocol/";

  private final Egress egress;
  private final Logins logins;
  private final Places places;
  private final String version;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Key, Session> sessions = new ConcurrentHashMap<>();

  private record Key(String connectionId, int version, String userId) {}

  /// @param version of this server, which it tells
  public McpClient(Egress egress, Logins logins, Places places, String version) {
    this.egress = egress;
    this.logins = logins;
    this.places = places;
    this.version = version;
  }

  /// In whose name a server is asked.
  ///
  /// @param workspaces whose rules for requests hold
  public record Asker(Connection connection, String userId, Collection<String> workspaces) {
    private Key key() {
      return new Key(connection.id(), connection.version(), userId);
    }
  }

  /// All tools that the server offers.
  public List<RemoteTool> tools(Asker asker, Duration timeout)
      throws McpFailure, LoginRefused, InterruptedException {
    var tools = new ArrayList<RemoteTool>();
    var end = System.nanoTime() + timeout.toNanos();
    var params = Json.object();
    for (var page = 0; page < MAX_PAGES && tools.size() < MAX_TOOLS; page++) {
      var result = asked(asker, "tools/list", params, Beside.NOTHING, left(end));
      result.path("tools").forEach(tool -> tools.add(RemoteTool.of(tool)));
      var cursor = result.path("nextCursor");
      if (!cursor.isString()) {
        break;
      }
      params = Json.object().put("cursor", cursor.asString());
    }
    return tools;
  }

  /// A call of a tool.
  ///
  /// @param schema of its arguments, as they were accepted: it says which are repeated in headers
  /// @param idempotencyKey null: none is sent
  /// @param progress hears the parameters of the server's notifications of progress; null: nobody
  ///   does
  public record Call(
      String tool,
      ObjectNode schema,
      ObjectNode arguments,
      @Nullable String idempotencyKey,
      @Nullable Consumer<JsonNode> progress) {}

  /// @return the result as the server gave it: `content`, `structuredContent`, `isError`
  public JsonNode call(Asker asker, Call call, Duration timeout)
      throws McpFailure, LoginRefused, InterruptedException {
    var params = Json.object().put("name", call.tool());
    params.set("arguments", call.arguments());
    if (call.progress() != null) {
      params.putObject("_meta").put("progressToken", ids.incrementAndGet());
    }
    var headers = ParamHeaders.of(call.schema(), call.arguments());
    var beside = new Beside(headers, call.idempotencyKey(), call.progress());
    return asked(asker, "tools/call", params, beside, timeout);
  }

  /// Hears of changes of the server's tools, until the stream ends on which it says so.
  ///
  /// @param changed is run when the server is listened to, and at each change; must be quick and
  ///   must not throw
  /// @param time after which the stream is given up
  /// @return false: this server does not tell
  public boolean listen(Asker asker, Runnable changed, Duration time)
      throws McpFailure, LoginRefused, InterruptedException {
    var known = sessions.get(asker.key());
    var session = known == null ? open(asker, OPENED_WITHIN) : known;
    if (!session.tells()) {
      return false;
    }
    var login = logins.of(asker.connection(), asker.userId());
    var subscription = withMeta(message("subscriptions/listen", ChangeStream.wish()));
    try {
      var stream = new ChangeStream(way(asker, login).apart(), session);
      var status = stream.read(subscription, changed, time);
      if (status == 404 || status == 400) {
        sessions.remove(asker.key(), session);
      }
      return status != 405 && status != 501;
    } catch (EgressException e) {
      if (e.kind() == EgressException.Kind.TIMEOUT) {
        return true;
      }
      throw failure(e);
    }
  }

  private JsonNode asked(
      Asker asker, String method, ObjectNode params, Beside beside, Duration timeout)
      throws McpFailure, LoginRefused, InterruptedException {
    var end = System.nanoTime() + timeout.toNanos();
    var known = sessions.get(asker.key());
    var session = known == null ? open(asker, left(end)) : known;
    var reply = sent(asker, session, message(method, params), beside, left(end));
    if (known != null && known.id() != null && reply.isUnknownSession()) {
      // The server has forgotten the session, and with it did nothing.
      sessions.remove(asker.key());
      session = open(asker, left(end));
      reply = sent(asker, session, message(method, params), beside, left(end));
    }
    return reply.result();
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(1, end - System.nanoTime()));
  }

  private Session open(Asker asker, Duration timeout)
      throws McpFailure, LoginRefused, InterruptedException {
    var end = System.nanoTime() + timeout.toNanos();
    var session = handshake(asker, end);
    if (sessions.size() >= MAX_SESSIONS) {
      sessions.clear();
    }
    sessions.put(asker.key(), session);
    return session;
  }

  /// Asks for the stateless revision first, which a server with a handshake refuses at once.
  private Session handshake(Asker asker, long end)
      throws McpFailure, LoginRefused, InterruptedException {
    McpReply first = null;
    for (var path : List.of("", "/mcp")) {
      var modern = Session.first(Revision.MODERN, path, false);
      var discovered = discovered(asker, modern, left(end).dividedBy(2));
      if (discovered != null && discovered.supports(Revision.MODERN)) {
        return modern.agreed(Revision.MODERN, null, discovered.capabilities());
      }
      var before = Session.first(Revision.LEGACY.getFirst(), path, false);
      var reply = sent(asker, before, initialize(), Beside.NOTHING, left(end));
      if (!reply.isNoServer()) {
        return shaken(asker, before, reply, end);
      }
      first = first == null ? reply : first;
    }
    return old(asker, end, Objects.requireNonNull(first));
  }

  /// Null: no answer in time. Some servers leave whoever asks what they do not know without one.
  private @Nullable McpReply discovered(Asker asker, Session modern, Duration most)
      throws McpFailure, LoginRefused, InterruptedException {
    var patience = most.compareTo(DISCOVERED_WITHIN) < 0 ? most : DISCOVERED_WITHIN;
    try {
      var discover = message("server/discover", Json.object());
      return sent(asker, modern, discover, Beside.NOTHING, patience);
    } catch (McpFailure e) {
      if (e.kind() == Kind.TIMEOUT) {
        return null;
      }
      throw e;
    }
  }

  private Session shaken(Asker asker, Session before, McpReply reply, long end)
      throws McpFailure, LoginRefused, InterruptedException {
    var session = before.agreed(revision(reply), reply.sessionId(), reply.capabilities());
    var done = Json.object().put("jsonrpc", "2.0").put("method", "notifications/initialized");
    sent(asker, session, done, Beside.NOTHING, left(end)).accepted();
    return session;
  }

  /// @param first what was answered at the base; the failure when there is no stream either
  private Session old(Asker asker, long end, McpReply first)
      throws McpFailure, LoginRefused, InterruptedException {
    for (var path : List.of("", "/sse")) {
      var before = Session.first(OLD, path, true);
      var reply = sent(asker, before, null, Beside.NOTHING, left(end));
      if (reply.message() != null) {
        return before.agreed(revision(reply), null, Json.object());
      }
    }
    throw first.failed();
  }

  private static String revision(McpReply reply) throws McpFailure {
    var revision = reply.result().path("protocolVersion").asString("");
    if (!Revision.LEGACY.contains(revision) && !revision.equals(OLD)) {
      throw new McpFailure(
          Kind.REFUSED, "The MCP server speaks a revision that is unknown here", false);
    }
    return revision;
  }

  private ObjectNode initialize() {
    var wanted = Json.object().put("protocolVersion", Revision.LEGACY.getFirst());
    wanted.putObject("capabilities");
    wanted.set("clientInfo", clientInfo());
    return message("initialize", wanted);
  }

  private ObjectNode clientInfo() {
    return Json.object().put("name", "toolwright").put("version", version);
  }

  private ObjectNode message(String method, ObjectNode params) {
    var message = Json.object().put("jsonrpc", "2.0").put("id", ids.incrementAndGet());
    return message.put("method", method).set("params", params);
  }

  /// @param message null: only the handshake of the old transport
  private McpReply sent(
      Asker asker, Session session, @Nullable ObjectNode message, Beside beside, Duration timeout)
      throws McpFailure, LoginRefused, InterruptedException {
    var login = logins.of(asker.connection(), asker.userId());
    try {
      var reply = exchanged(way(asker, login), session, message, beside, timeout);
      if (reply.status() == 401 && login.auth().tokenEndpoint() != null) {
        logins.refused(login, asker.connection(), asker.userId());
        login = logins.of(asker.connection(), asker.userId());
        reply = exchanged(way(asker, login), session, message, beside, timeout);
      }
      logins.used(
          asker.connection(),
          asker.userId(),
          reply.isRefused() ? "The MCP server answered " + reply.status() : null);
      return reply;
    } catch (EgressException e) {
      logins.used(asker.connection(), asker.userId(), String.valueOf(e.getMessage()));
      throw failure(e);
    }
  }

  /// The way to the server: to its container, past the rules for everybody else's servers, or out.
  ///
  /// @throws McpFailure while its container does not run
  private Way way(Asker asker, Login login) throws McpFailure {
    return switch (places.of(asker.connection().id()).orElse(null)) {
      case Place.Running(_, var address, _) ->
          new Way(egress.only(address), login.at(at(address, login.baseUrl())), asker.workspaces());
      case Place.Starting _ ->
          throw new McpFailure(Kind.UNAVAILABLE, "The container of this tool is starting", false);
      case Place.Failed(_, var says) -> throw new McpFailure(Kind.UNAVAILABLE, says, false);
      case Place.Outside _ -> new Way(egress, login, asker.workspaces());
      case null -> new Way(egress, login, asker.workspaces());
    };
  }

  /// The same path there.
  private static String at(URI address, @Nullable String baseUrl) {
    var path = baseUrl == null ? "" : URI.create(baseUrl).getRawPath();
    return address + (path.equals("/") ? "" : path);
  }

  private static McpFailure failure(EgressException e) {
    var kind =
        switch (e.kind()) {
          case DENIED -> Kind.DENIED;
          case TIMEOUT -> Kind.TIMEOUT;
          case UNREACHABLE, BROKEN -> Kind.UNAVAILABLE;
          case TOO_LARGE -> Kind.REFUSED;
        };
    return new McpFailure(kind, String.valueOf(e.getMessage()), e.sent());
  }

  private McpReply exchanged(
      Way way, Session session, @Nullable ObjectNode message, Beside beside, Duration timeout)
      throws EgressException, InterruptedException {
    if (session.isOld() || message == null) {
      var exchange = new SseExchange(way, beside, timeout);
      return exchange.answer(session.path(), initialize(), message);
    }
    var sent = session.isModern() ? withMeta(message) : message;
    return new HttpExchange(way, session, beside).answered(sent, timeout);
  }

  /// The stateless revision has each request say what a handshake says.
  private ObjectNode withMeta(ObjectNode message) {
    var copy = message.deepCopy();
    var params = copy.withObject("/params");
    var meta = params.withObject("/_meta");
    meta.put(META + "protocolVersion", Revision.MODERN);
    meta.putObject(META + "clientCapabilities");
    meta.set(META + "clientInfo", clientInfo());
    return copy;
  }
}
