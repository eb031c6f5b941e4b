package dev.toolwright.api.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.Answer;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Speaks MCP to a server, word by word, in either era.
final class McpSpeaker implements AutoCloseable {
  static final String MODERN = "2026-07-28";
  static final String LEGACY = "2025-11-25";
  private static final String META = "io.modelcontextprotocol/";

  private final TestPlatform platform;
  private final User user;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  McpSpeaker(TestPlatform platform, User user) {
    this.platform = platform;
    this.user = user;
  }

  static ObjectNode message(String method, ObjectNode params) {
    var message = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", method);
    message.set("params", params);
    return message;
  }

  static ObjectNode call(String tool) {
    var params = Json.object().put("name", tool);
    params.putObject("arguments");
    return params;
  }

  private HttpRequest.Builder request(JsonNode message, Map<String, String> headers) {
    var request =
        platform
            .request("POST", "/mcp", Json.write(message))
            .header("Authorization", "Bearer " + user.token())
            .header("Accept", "application/json, text/event-stream");
    headers.forEach(request::header);
    return request;
  }

  /// A request of the stateless revision by a client that says what it can be asked.
  HttpRequest.Builder modern(String method, ObjectNode params, JsonNode capabilities) {
    var meta = params.withObjectProperty("_meta");
    meta.put(META + "protocolVersion", MODERN);
    meta.set(META + "clientCapabilities", capabilities);
    var named = params.path(method.equals("resources/read") ? "uri" : "name").asString("");
    return request(
        message(method, params),
        named.isEmpty()
            ? Map.of("MCP-Protocol-Version", MODERN, "Mcp-Method", method)
            : Map.of("MCP-Protocol-Version", MODERN, "Mcp-Method", method, "Mcp-Name", named));
  }

  Answer ask(String method, ObjectNode params, JsonNode capabilities) {
    return platform.send(modern(method, params, capabilities));
  }

  JsonNode result(String method, ObjectNode params) {
    return ask(method, params, Json.object()).as(200).path("result");
  }

  /// Shakes hands.
  ///
  /// @return the session's id
  String session(JsonNode capabilities) {
    var params = Json.object().put("protocolVersion", LEGACY);
    params.set("capabilities", capabilities);
    var answer = platform.send(request(message("initialize", params), Map.of()));
    answer.as(200);
    return answer.headers().firstValue("Mcp-Session-Id").orElseThrow();
  }

  Answer in(String session, JsonNode message) {
    return platform.send(request(message, headers(session)));
  }

  JsonNode result(String session, String method, ObjectNode params) {
    return in(session, message(method, params)).as(200).path("result");
  }

  private static Map<String, String> headers(String session) {
    return Map.of("MCP-Protocol-Version", LEGACY, "Mcp-Session-Id", session);
  }

  /// Sends a message in a session and gives each of the stream's messages to `hears`, until the
  /// stream ends.
  ///
  /// @return all of them
  List<JsonNode> stream(String session, JsonNode message, Consumer<JsonNode> hears) {
    return stream(request(message, headers(session)), hears);
  }

  List<JsonNode> stream(HttpRequest.Builder request, Consumer<JsonNode> hears) {
    try {
      var response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/event-stream");
      var all = new ArrayList<JsonNode>();
      try (var lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith("data: ")) {
            var said = Json.parse(line.substring("data: ".length()));
            all.add(said);
            hears.accept(said);
          }
        }
      } catch (Gone _) {
        // as a client goes that has heard enough
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedJson e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// Thrown by who has heard enough of a stream.
  static final class Gone extends RuntimeException {}

  @Override
  public void close() {
    client.shutdownNow();
  }
}
