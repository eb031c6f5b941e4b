package dev.toolwright.importer.mcp;

import static dev.toolwright.TestPlatform.json;

import com.sun.net.httpserver.HttpExchange;
import dev.toolwright.Remote;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// An MCP server that answers as a test wants, with a session unless it is modern.
@SuppressWarnings("NullAway.Init")
final class ScriptedMcpServer {
  private final Remote remote;
  boolean isModern;
  boolean streams;
  String tools =
      "[{'name':'look','description':'Looks','inputSchema':{'type':'object','properties':{'n':{'type':'integer'}}},'annotations':{'readOnlyHint':true}},"
          + "{'name':'pay.now','inputSchema':{'type':'object'}}]";
  String result = "{'content':[{'type':'text','text':'seen'}]}";
  String session = "";
  final AtomicInteger calls = new AtomicInteger();
  boolean hangs;
  boolean breaks;
  boolean ignores;
  int resumable = 1;
  int forgotten = 404;
  private JsonNode unanswered;

  /// What it says when it was not asked; null: it says nothing.
  BlockingQueue<String> says;

  ScriptedMcpServer(Remote remote) {
    this.remote = remote;
  }

  void answer(HttpExchange exchange) throws IOException, InterruptedException {
    if (exchange.getRequestMethod().equals("GET")) {
      if (says == null) {
        resume(exchange);
      } else {
        say(exchange);
      }
      return;
    }
    // A stream may have been asked for meanwhile.
    var request =
        remote.requests("/mcp").stream()
            .filter(one -> one.method().equals("POST"))
            .reduce((_, last) -> last)
            .orElseThrow();
    var message = Json.stored(request.body());
    var method = message.path("method").asString();
    var id = message.get("id");
    if (ignores && method.equals("server/discover")) {
      remote.hang();
    }
    if (isModern && !"2026-07-28".equals(request.header("Mcp-protocol-version"))) {
      error(exchange, 400, id, -32022, "Unsupported protocol version");
      return;
    }
    if (!isModern
        && !method.equals("initialize")
        && !session.equals(request.header("Mcp-session-id"))) {
      error(exchange, forgotten, id, -32001, "Session not found");
      return;
    }
    switch (method) {
      case "initialize" -> {
        session = UUID.randomUUID().toString();
        exchange.getResponseHeaders().set("Mcp-Session-Id", session);
        reply(
            exchange,
            id,
            "{'protocolVersion':'2025-06-18','capabilities':{'tools':{'listChanged':"
                + (says != null)
                + "}},'serverInfo':{'name':'s','version':'1'}}");
      }
      case "notifications/initialized" -> Remote.send(exchange, 202, "");
      case "server/discover" ->
          reply(exchange, id, "{'resultType':'complete','supportedVersions':['2026-07-28']}");
      case "tools/list" -> reply(exchange, id, "{'tools':" + tools + "}");
      case "tools/call" -> {
        calls.incrementAndGet();
        if (hangs) {
          remote.hang();
        }
        if (breaks) {
          unanswered = id;
          exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
          Remote.send(exchange, 200, "id: first\nretry: 150\ndata:\n\n");
          return;
        }
        reply(exchange, id, result);
      }
      default -> error(exchange, 200, id, -32601, "Method not found");
    }
  }

  private void say(HttpExchange exchange) throws IOException, InterruptedException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (var out = exchange.getResponseBody()) {
      while (true) {
        out.write((": alive\n\ndata: " + says.take() + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    }
  }

  /// Goes on with a stream that it has broken off.
  private void resume(HttpExchange exchange) throws IOException {
    if (resumable-- <= 0) {
      Remote.send(exchange, 405, "");
      return;
    }
    streams = true;
    reply(exchange, unanswered, result);
  }

  private void reply(HttpExchange exchange, JsonNode id, String text) throws IOException {
    var answer = Json.object().put("jsonrpc", "2.0");
    answer.set("id", id);
    answer.set("result", json(text));
    if (streams) {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      var progress =
          "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progress\":1,\"total\":2}}";
      Remote.send(
          exchange,
          200,
          ": hello\n\nevent: message\ndata: "
              + progress
              + "\n\ndata: "
              + Json.write(answer)
              + "\n\n");
    } else {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      Remote.send(exchange, 200, Json.write(answer));
    }
  }

  private void error(HttpExchange exchange, int status, JsonNode id, int code, String says)
      throws IOException {
    var answer = Json.object().put("jsonrpc", "2.0");
    answer.set("id", id);
    answer.putObject("error").put("code", code).put("message", says);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    Remote.send(exchange, status, Json.write(answer));
  }
}
