package dev.toolwright.importer.mcp;

import static dev.toolwright.TestPlatform.json;

import dev.toolwright.Remote;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import tools.jackson.databind.JsonNode;

/// Answers on a stream what is posted beside it, each stream for itself.
record OldMcpServer(String endpoint, List<BlockingQueue<String>> streams) {
  OldMcpServer(String endpoint) {
    this(endpoint, new CopyOnWriteArrayList<>());
  }

  void at(Remote remote, String path) {
    remote.at(
        path + "/sse",
        (exchange, count) -> {
          var answers = new LinkedBlockingQueue<String>();
          streams.add(answers);
          exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
          exchange.sendResponseHeaders(200, 0);
          try (var out = exchange.getResponseBody()) {
            out.write(bytes("event: endpoint\ndata: " + endpoint + (count - 1) + "\n\n"));
            out.flush();
            while (true) {
              out.write(bytes("data: " + answers.take() + "\n\n"));
              out.flush();
            }
          }
        });
    remote.at(
        "/messages",
        (exchange, _) -> {
          var posted = remote.requests("/messages").getLast();
          var message = Json.stored(posted.body());
          if (message.has("id")) {
            var answer = Json.object().put("jsonrpc", "2.0");
            answer.set("id", message.get("id"));
            answer.set("result", json(result(message)));
            var session = posted.target().substring(posted.target().indexOf('=') + 1);
            streams.get(Integer.parseInt(session)).add(Json.write(answer));
          }
          Remote.send(exchange, 202, "");
        });
  }

  private static String result(JsonNode message) {
    return switch (message.path("method").asString()) {
      case "initialize" -> "{'protocolVersion':'2024-11-05','capabilities':{}}";
      case "tools/list" ->
          "{'tools':[{'name':'look','inputSchema':{'type':'object'},'annotations':{'idempotentHint':true}}]}";
      default ->
          "{'content':[{'type':'text','text':'seen %s'}]}"
              .formatted(message.at("/params/arguments/n"));
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
