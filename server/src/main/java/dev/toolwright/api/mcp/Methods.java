package dev.toolwright.api.mcp;

import dev.toolwright.agent.Agents;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Sse;
import dev.toolwright.approval.Approvals;
import dev.toolwright.artifact.Artifacts;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import dev.toolwright.material.Materials;
import dev.toolwright.mcp.Changes;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import dev.toolwright.mcp.ParamHeaders;
import dev.toolwright.mcp.Session;
import dev.toolwright.mcp.Sessions;
import dev.toolwright.mcp.SignedState;
import dev.toolwright.tool.ToolRuns;
import dev.toolwright.tool.Tools;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// The methods of the protocol.
public final class Methods implements Face {
  private static final Logger LOG = LoggerFactory.getLogger(Methods.class);

  /// Those that the stateless revision has no more.
  private static final Set<String> HANDSHAKE_ONLY =
      Set.of("ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe");

  private static final Set<String> LEVELS =
      Set.of("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency");

  private final Parts parts;
  private final Wire wire;
  private final ToolList tools;
  private final Calling calling;
  private final MaterialMethods materials;
  private final Listening listening;
  private final InFlight inFlight;

  /// What the methods speak for.
  ///
  /// @param version of this server
  /// @param server its address as others see it
  public record Parts(
      Tools tools,
      Agents agents,
      ToolRuns calls,
      Approvals approvals,
      Materials materials,
      Artifacts artifacts,
      Sessions sessions,
      SignedState states,
      Changes changes,
      Schemas schemas,
      String version,
      Supplier<URI> server) {}

  public Methods(Parts parts) {
    this.parts = parts;
    wire = new Wire(parts.version());
    var rounds = new Rounds(parts.sessions(), parts.states(), parts.schemas());
    tools = new ToolList(parts.tools(), parts.agents(), parts.changes());
    calling = new Calling(parts.calls(), parts.approvals(), rounds, parts.server());
    materials = new MaterialMethods(parts.materials(), parts.artifacts(), rounds);
    listening = new Listening(tools, materials, parts.changes());
    inFlight = new InFlight(parts.sessions());
  }

  @Override
  public void answer(Client client, McpRequest request, Exchange exchange)
      throws McpError, InterruptedException {
    switch (request.method()) {
      case "tools/list" -> exchange.bytes(200, "application/json", listed(client, request));
      case "tools/call", "prompts/get" -> slow(client, request, exchange);
      case "subscriptions/listen" -> listen(client, request, exchange);
      default ->
          exchange.json(200, Wire.answer(request, wire.finished(request, quick(client, request))));
    }
  }

  @Override
  public void notified(Client client, McpRequest request) {
    var session = client.session();
    if (session != null && request.method().equals("notifications/cancelled")) {
      inFlight.cancel(session, request.params().path("requestId"));
    }
  }

  @Override
  public void hear(Client client, Sse stream) throws InterruptedException {
    Supplier<List<String>> uris =
        () ->
            parts
                .sessions()
                .find(
                    client.caller().workspaceId(),
                    client.caller().userId(),
                    client.session() == null ? "" : client.session().id())
                .map(Session::subscriptions)
                .orElse(List.of());
    listening.tell(client, new Listening.Wish(true, true, true, uris, null), stream);
  }

  @Override
  public ObjectNode initialized(McpRequest request) {
    return wire.initialized(request, about(false));
  }

  private ObjectNode quick(Client client, McpRequest request)
      throws McpError, InterruptedException {
    var caller = client.caller();
    if (request.isModern() && HANDSHAKE_ONLY.contains(request.method())) {
      throw wire.unknown(request);
    }
    return switch (request.method()) {
      case "server/discover" -> wire.discovered(about(true));
      case "ping" -> Json.object();
      case "logging/setLevel" -> logLevel(client, request);
      case "resources/list" -> wire.cached(request, materials.resources(caller, false));
      case "resources/templates/list" -> wire.cached(request, materials.resources(caller, true));
      case "resources/read" -> wire.cached(request, materials.read(caller, request));
      case "resources/subscribe" -> subscribed(client, request, true);
      case "resources/unsubscribe" -> subscribed(client, request, false);
      case "prompts/list" -> wire.cached(request, materials.prompts(caller));
      case "completion/complete" -> materials.complete(caller, request);
      default -> throw wire.unknown(request);
    };
  }

  private static ObjectNode about(boolean isModern) {
    var about = Json.object();
    var capabilities = about.putObject("capabilities");
    capabilities.putObject("tools").put("listChanged", true);
    capabilities.putObject("prompts").put("listChanged", true);
    capabilities.putObject("resources").put("listChanged", true).put("subscribe", true);
    capabilities.putObject("completions");
    if (!isModern) {
      capabilities.putObject("logging");
    }
    return about.put(
        "instructions",
        "The tools that your token may use. Each call is checked, recorded and limited as anywhere else.");
  }

  // Sessions

  private ObjectNode logLevel(Client client, McpRequest request) throws McpError {
    var level = request.params().path("level").asString("");
    if (!LEVELS.contains(level)) {
      throw new McpError(200, McpError.INVALID_PARAMS, "There is no such level", null);
    }
    var session = client.session();
    if (session != null) {
      parts.sessions().hearLogs(client.caller().workspaceId(), session, level);
    }
    return Json.object();
  }

  private ObjectNode subscribed(Client client, McpRequest request, boolean wanted) throws McpError {
    var uri = request.params().path("uri").asString("");
    var session = client.session();
    if (session == null) {
      throw new McpError(200, McpError.INVALID_REQUEST, "Only a session can hear of changes", null);
    }
    var workspace = client.caller().workspaceId();
    if (!wanted) {
      parts.sessions().unsubscribe(workspace, session, uri);
    } else if (!parts.sessions().subscribe(workspace, session, uri, Listening.MOST_URIS)) {
      throw new McpError(
          200,
          McpError.INVALID_PARAMS,
          "A session can hear of " + Listening.MOST_URIS + " resources at most",
          null);
    }
    return Json.object();
  }

  // Tools

  private byte[] listed(Client client, McpRequest request) throws McpError {
    var cursor = request.params().path("cursor");
    if (!cursor.isMissingNode() && !cursor.isString()) {
      throw new McpError(200, McpError.INVALID_PARAMS, "The cursor is not one of ours", null);
    }
    var page = tools.page(client.caller(), client.agent(), cursor.asString(""), request.isModern());
    var around = Wire.answer(request, wire.finished(request, wire.cached(request, Json.object())));
    return joined(Json.bytes(around), page);
  }

  /// The answer with what was prepared put first into its result, which comes last in it.
  private static byte[] joined(byte[] around, byte[] page) {
    var text = new String(around, StandardCharsets.UTF_8);
    var at = text.indexOf("\"result\":{") + "\"result\":{".length();
    var rest = text.substring(at);
    var out = new ByteArrayOutputStream(page.length + around.length + 1);
    out.writeBytes(text.substring(0, at).getBytes(StandardCharsets.UTF_8));
    out.write(page, 1, page.length - 2);
    if (!rest.startsWith("}")) {
      out.write(',');
    }
    out.writeBytes(rest.getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  private void slow(Client client, McpRequest request, Exchange exchange)
      throws InterruptedException {
    var reply = new Reply(exchange);
    reply.answer(() -> {
      var begun = inFlight.begin(client, request);
      try {
        return new Reply.Answer(
            200,
            Wire.answer(request, wire.finished(request, result(client, request, exchange, reply))));
      } catch (McpError e) {
        return new Reply.Answer(e.status(), Wire.answer(request.id(), e));
      } catch (RuntimeException e) {
        if (!reply.isStreaming()) {
          throw e;
        }
        return internal(request, said(e, exchange));
      } catch (InterruptedException e) {
        // On a stream silence is the answer.
        if (reply.isStreaming() || !begun.isCancelled()) {
          throw e;
        }
        return internal(request, "The client cancelled this request");
      } finally {
        begun.end();
      }
    });
  }

  private static Reply.Answer internal(McpRequest request, String says) {
    var error = new McpError(200, McpError.INTERNAL, says, null);
    return new Reply.Answer(200, Wire.answer(request.id(), error));
  }

  private static String said(RuntimeException e, Exchange exchange) {
    if (e instanceof Problem) {
      return String.valueOf(e.getMessage());
    }
    LOG.error("Request {} failed", exchange.requestId(), e);
    return "Something went wrong on the server; its log has the cause under "
        + exchange.requestId();
  }

  private ObjectNode result(Client client, McpRequest request, Exchange exchange, Reply reply)
      throws McpError, InterruptedException {
    if (request.method().equals("prompts/get")) {
      return materials.prompt(client, request, reply);
    }
    var name = request.params().path("name").asString("");
    var tool =
        tools
            .find(client.caller(), client.agent(), name)
            .orElseThrow(() ->
                new McpError(
                    200,
                    McpError.INVALID_PARAMS,
                    "Unknown tool: " + MaterialMethods.shown(name),
                    null));
    if (request.isModern()) {
      ParamHeaders.check(
          tool.content().parametersSchema(), request.params().path("arguments"), exchange::header);
    }
    return calling.call(client, tool, request, exchange.header("Idempotency-Key"), reply);
  }

  // Changes

  private void listen(Client client, McpRequest request, Exchange exchange)
      throws McpError, InterruptedException {
    if (!request.isModern()) {
      throw wire.unknown(request);
    }
    var wish = Listening.Wish.of(request.params().path("notifications"), request.id());
    var stream = exchange.sse();
    stream.event(
        null,
        "message",
        Listening.notification(
            "notifications/subscriptions/acknowledged",
            Listening.params(wish.id()).set("notifications", wish.toJson())));
    listening.tell(client, wish, stream);
    var end = wire.finished(request, Json.object());
    end.withObjectProperty("_meta").set(Listening.META, request.id());
    stream.event(null, "message", Wire.answer(request, end));
  }
}
