package dev.toolwright.api.mcp;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.Answer;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The tools over MCP, message by message.
@SuppressWarnings("NullAway.Init")
class McpFaceTest {
  private static final String MODERN = "2026-07-28";
  private static TestPlatform platform;
  private static String echo;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    echo = name("echo");
    var body = function(echo, "def run(parameters, context):\n    return parameters\n");
    body.set(
        "parameters_schema",
        json("{'type':'object','required':['n'],'properties':{'n':{'type':'integer'}}}"));
    platform.tool(platform.ada, body);
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static Answer send(User user, JsonNode message, Map<String, String> headers) {
    var request =
        platform
            .request("POST", "/mcp", Json.write(message))
            .header("Authorization", "Bearer " + user.token())
            .header("Accept", "application/json, text/event-stream");
    headers.forEach(request::header);
    return platform.send(request);
  }

  private static ObjectNode message(String method, ObjectNode params) {
    var message = Json.object().put("jsonrpc", "2.0").put("id", "1").put("method", method);
    message.set("params", params);
    return message;
  }

  private static Answer legacy(User user, String method, ObjectNode params) {
    return send(user, message(method, params), Map.of("MCP-Protocol-Version", "2025-11-25"));
  }

  private static Answer modern(String method, ObjectNode params) {
    return modern(method, params, Map.of());
  }

  /// @param changed headers to be other than they should be; empty: left out
  private static Answer modern(String method, ObjectNode params, Map<String, String> changed) {
    var meta = params.withObjectProperty("_meta");
    if (!meta.has("io.modelcontextprotocol/protocolVersion")) {
      meta.put("io.modelcontextprotocol/protocolVersion", MODERN);
    }
    meta.putObject("io.modelcontextprotocol/clientCapabilities");
    var headers = new TreeMap<String, String>();
    headers.put("MCP-Protocol-Version", MODERN);
    headers.put("Mcp-Method", method);
    if (params.has("name")) {
      headers.put("Mcp-Name", params.path("name").asString());
    }
    headers.putAll(changed);
    headers.values().removeIf(String::isEmpty);
    return send(platform.ada, message(method, params), headers);
  }

  private static ObjectNode call(String tool, String arguments) {
    var params = Json.object().put("name", tool);
    params.set("arguments", json(arguments));
    return params;
  }

  private static int code(JsonNode answer) {
    return answer.path("error").path("code").asInt();
  }

  @Test
  void a_handshake_is_answered_in_the_revision_that_was_asked_for() {
    for (var revision : List.of("2025-11-25", "2025-06-18", "2025-03-26")) {
      var asked = json("{'capabilities':{},'clientInfo':{'name':'t','version':'1'}}");
      asked.put("protocolVersion", revision);
      var result =
          send(platform.ada, message("initialize", asked), Map.of()).as(200).path("result");
      assertThat(result.path("protocolVersion").asString()).isEqualTo(revision);
      assertThat(result.path("capabilities").path("tools").isObject()).isTrue();
      assertThat(result.path("serverInfo").path("name").asString()).isEqualTo("toolwright");
    }
    var unknown = message("initialize", json("{'protocolVersion':'1999-01-01'}"));
    assertThat(
            send(platform.ada, unknown, Map.of())
                .as(200)
                .path("result")
                .path("protocolVersion")
                .asString())
        .isEqualTo("2025-11-25");
    assertThat(legacy(platform.ada, "ping", Json.object()).as(200).path("result").isObject())
        .isTrue();
  }

  @Test
  void the_stateless_revision_is_discovered() {
    var result = modern("server/discover", Json.object()).as(200).path("result");
    assertThat(result.path("supportedVersions"))
        .extracting(JsonNode::asString)
        .contains(MODERN, "2025-11-25", "2025-06-18");
    assertThat(result.path("resultType").asString()).isEqualTo("complete");
    assertThat(result.path("capabilities").path("tools").isObject()).isTrue();
  }

  @Test
  void a_list_holds_what_the_caller_may_use() {
    assertThat(names(platform.ada)).contains(echo, "word_count", "days_between");
    assertThat(names(platform.bob)).contains("word_count").doesNotContain(echo);
    assertThat(names(platform.vera)).contains("word_count");
    assertThat(names(platform.eve)).containsExactly("calculator", "read_artifact");
    var listed = legacy(platform.ada, "tools/list", Json.object()).as(200).path("result");
    for (var tool : listed.path("tools")) {
      assertThat(tool.propertyNames())
          .contains("name", "description", "inputSchema", "annotations");
      assertThat(tool.path("inputSchema").path("type").asString()).isEqualTo("object");
    }
  }

  private static List<String> names(User user) {
    var names = new ArrayList<String>();
    legacy(user, "tools/list", Json.object())
        .as(200)
        .path("result")
        .path("tools")
        .forEach(tool -> names.add(tool.path("name").asString()));
    return names;
  }

  @Test
  void a_long_list_comes_in_pages() {
    var user = platform.eve;
    for (var i = 0; i < 502; i++) {
      platform.tool(user, http(name("paged"), "GET", "http://example.com/"));
    }
    var first = legacy(user, "tools/list", Json.object()).as(200).path("result");
    assertThat(first.path("tools")).hasSize(502); // the server's own two, then the page
    var cursor = Json.object().put("cursor", first.path("nextCursor").asString());
    var second = legacy(user, "tools/list", cursor).as(200).path("result");
    assertThat(second.path("tools")).hasSize(2);
    assertThat(second.has("nextCursor")).isFalse();
    assertThat(code(legacy(user, "tools/list", json("{'cursor':7}")).body())).isEqualTo(-32602);
    platform.sql("delete from definition where name like 'paged%'");
    // What SQL did nobody has heard of.
    var last = http(name("last"), "GET", "http://example.com/");
    platform.tool(user, last);
    platform.delete(user, "/agents/tools/" + last.path("name").asString()).as(200);
  }

  @Test
  void a_call_answers_with_text_and_structure() {
    var result = legacy(platform.ada, "tools/call", call(echo, "{'n':1}")).as(200).path("result");
    assertThat(result.path("isError").asBoolean()).isFalse();
    assertThat(result.path("content").get(0))
        .isEqualTo(json("{'type':'text','text':'X'}").put("text", "{\"n\":1}"));
    assertThat(result.path("structuredContent")).isEqualTo(json("{'n':1}"));
    var modern = modern("tools/call", call(echo, "{'n':1}")).as(200).path("result");
    assertThat(modern.path("structuredContent")).isEqualTo(json("{'n':1}"));
    assertThat(modern.path("resultType").asString()).isEqualTo("complete");
    assertThat(
            platform.one(
                "select count(*) from call where door = 'mcp' and outcome = 'succeeded'",
                Integer.class))
        .isGreaterThanOrEqualTo(2);
  }

  @Test
  void a_call_that_fails_is_a_result_the_model_can_read() {
    var wrong = legacy(platform.ada, "tools/call", call(echo, "{'n':'x'}")).as(200).path("result");
    assertThat(wrong.path("isError").asBoolean()).isTrue();
    assertThat(wrong.path("content").get(0).path("text").asString()).contains("n ", "example");
    var broken = name("broken");
    platform.tool(
        platform.ada,
        function(broken, "def run(parameters, context):\n    raise ValueError('no')\n"));
    var failed = legacy(platform.ada, "tools/call", call(broken, "{}")).as(200).path("result");
    assertThat(failed.path("isError").asBoolean()).isTrue();
    assertThat(failed.path("content").get(0).path("text").asString()).contains("ValueError: no");
    var viewer = legacy(platform.vera, "tools/call", call("word_count", "{'text':'a'}")).as(200);
    assertThat(viewer.path("result").path("isError").asBoolean()).isTrue();
    assertThat(code(legacy(platform.ada, "tools/call", call("nothing", "{}")).as(200)))
        .isEqualTo(-32602);
    assertThat(
            code(
                legacy(
                        platform.ada,
                        "tools/call",
                        Json.object().put("name", echo).put("arguments", 1))
                    .as(200)))
        .isEqualTo(-32602);
  }

  @Test
  void headers_must_say_what_the_body_says() {
    assertThat(
            code(modern("tools/list", Json.object(), Map.of("Mcp-Method", "tools/call")).as(400)))
        .isEqualTo(-32020);
    assertThat(code(modern("tools/list", Json.object(), Map.of("Mcp-Method", "")).as(400)))
        .isEqualTo(-32020);
    assertThat(
            code(modern("tools/call", call(echo, "{'n':1}"), Map.of("Mcp-Name", "other")).as(400)))
        .isEqualTo(-32020);
    assertThat(
            code(
                modern("tools/list", Json.object(), Map.of("MCP-Protocol-Version", "2025-11-25"))
                    .as(400)))
        .isEqualTo(-32020);
  }

  @Test
  void an_unknown_version_is_refused_with_those_that_are_spoken() {
    var params = Json.object();
    params.putObject("_meta").put("io.modelcontextprotocol/protocolVersion", "2030-01-01");
    var refused =
        modern("tools/list", params, Map.of("MCP-Protocol-Version", "2030-01-01")).as(400);
    assertThat(code(refused)).isEqualTo(-32022);
    assertThat(refused.path("error").path("data").path("supported")).isNotEmpty();
    assertThat(refused.path("error").path("data").path("requested").asString())
        .isEqualTo("2030-01-01");
    var legacy =
        send(
            platform.ada,
            message("tools/list", Json.object()),
            Map.of("MCP-Protocol-Version", "1999-01-01"));
    assertThat(legacy.status()).isEqualTo(400);
  }

  @Test
  void an_unknown_method_is_404_without_a_session_and_an_error_with_one() {
    assertThat(code(modern("tools/guess", Json.object()).as(404))).isEqualTo(-32601);
    assertThat(code(modern("ping", Json.object()).as(404))).isEqualTo(-32601);
    assertThat(code(legacy(platform.ada, "tools/guess", Json.object()).as(200))).isEqualTo(-32601);
    assertThat(legacy(platform.ada, "tools/guess", Json.object()).body().path("id").asString())
        .isEqualTo("1");
  }

  @Test
  void what_needs_no_answer_gets_none() {
    var notification = json("{'jsonrpc':'2.0','method':'notifications/initialized'}");
    var answer = send(platform.ada, notification, Map.of());
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.text()).isEmpty();
    assertThat(send(platform.ada, json("{'jsonrpc':'2.0','id':7,'result':{}}"), Map.of()).status())
        .isEqualTo(202);
  }

  @Test
  void what_is_no_message_is_refused() {
    assertThat(
            code(
                send(platform.ada, json("{'jsonrpc':'1.0','id':1,'method':'ping'}"), Map.of())
                    .as(400)))
        .isEqualTo(-32600);
    assertThat(
            code(
                send(platform.ada, json("{'jsonrpc':'2.0','id':{},'method':'ping'}"), Map.of())
                    .as(400)))
        .isEqualTo(-32600);
    assertThat(
            platform
                .send(platform.request("GET", "/mcp", null).header("X-Token", platform.ada.token()))
                .status())
        .isEqualTo(405);
  }

  @Test
  void strangers_and_foreign_pages_are_refused() {
    var list = message("tools/list", Json.object());
    var stranger = platform.send(platform.request("POST", "/mcp", Json.write(list)));
    assertThat(stranger.status()).isEqualTo(401);
    assertThat(stranger.headers().firstValue("WWW-Authenticate"))
        .contains(
            "Bearer resource_metadata=\"%s/.well-known/oauth-protected-resource/mcp\", scope=\"mcp\""
                .formatted(platform.address));
    var metadata =
        platform
            .send(platform.request("GET", "/.well-known/oauth-protected-resource/mcp", null))
            .as(200);
    assertThat(metadata.path("resource").asString()).isEqualTo(platform.address + "/mcp");
    for (var origin : List.of("https://evil.example", "null", "http://127.0.0.1:1")) {
      assertThat(send(platform.ada, list, Map.of("Origin", origin)).status())
          .as(origin)
          .isEqualTo(403);
    }
    assertThat(send(platform.ada, list, Map.of("Origin", platform.address.toString())).status())
        .isEqualTo(200);
  }
}
