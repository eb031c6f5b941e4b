package dev.toolwright.importer.mcp;

import static dev.toolwright.TestPlatform.name;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A platform, and beside it an MCP server of somebody else's that a test scripts.
@SuppressWarnings("NullAway.Init")
abstract class McpServersFixture {
  static TestPlatform platform;
  Remote remote;
  ScriptedMcpServer script;

  /// The name under which it is added.
  String server;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @BeforeEach
  void start() {
    remote = new Remote();
    script = new ScriptedMcpServer(remote);
    remote.at("/mcp", (exchange, _) -> script.answer(exchange));
    server = name("remote");
  }

  @AfterEach
  void stop() {
    remote.close();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  ObjectNode draft() {
    return Json.object().put("name", server).put("url", remote.url() + "/mcp");
  }

  static JsonNode add(ObjectNode draft) {
    return platform.post(platform.ada, "/agents/mcp-servers", draft).as(201);
  }

  JsonNode discover(boolean accept) {
    return platform
        .post(
            platform.ada,
            "/agents/mcp-servers/" + server + "/discover",
            Json.object().put("accept", accept))
        .as(200);
  }

  static List<String> names(JsonNode discovered, String list) {
    return StreamSupport.stream(discovered.path(list).spliterator(), false)
        .map(one -> one.path("name").asString())
        .toList();
  }

  String tool(JsonNode discovered, String remoteName) {
    return StreamSupport.stream(discovered.path("added").spliterator(), false)
        .filter(one -> one.path("tool_name").asString().equals(remoteName))
        .findFirst()
        .orElseThrow()
        .path("name")
        .asString();
  }

  static JsonNode shown(String tool) {
    return platform.get(platform.ada, "/agents/tools/" + tool).as(200).path("tool");
  }

  static JsonNode listed(String server) {
    return StreamSupport.stream(
            platform.get(platform.ada, "/agents/mcp-servers").as(200).path("servers").spliterator(),
            false)
        .filter(one -> one.path("name").asString().equals(server))
        .findFirst()
        .orElseThrow();
  }
}
