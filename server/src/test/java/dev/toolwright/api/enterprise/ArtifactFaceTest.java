package dev.toolwright.api.enterprise;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.Answer;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.net.URI;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Large results through every door, and read back.
@SuppressWarnings("NullAway.Init")
class ArtifactFaceTest {
  private static TestPlatform platform;
  private static String rows;
  private static String text;
  private static String echo;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    rows = made("rows", "return [{'row': n, 'name': 'ä' * 10} for n in range(parameters['n'])]");
    text = made("text", "return 'line\\n' * parameters['n']");
    echo = made("echo", "return parameters");
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static String made(String prefix, String body) {
    var tool = name(prefix);
    platform.tool(
        platform.ada,
        function(tool, "def run(parameters, context):\n    %s\n".formatted(body))
            .put("is_shared", true));
    return tool;
  }

  private static JsonNode tested(User user, String tool, int n) {
    return platform.test(user, tool, Json.object().put("n", n));
  }

  /// The handle of a result that is too large.
  private static JsonNode handle(User user, String tool) {
    var handle = tested(user, tool, 20_000).path("result");
    assertThat(handle.path("artifact_id").asString()).as(handle.toString()).startsWith("art_");
    return handle;
  }

  private static Answer ranged(String path, String range) {
    return platform.send(
        platform
            .request("GET", path, null)
            .header("X-Token", platform.ada.token())
            .header("Range", range));
  }

  private static String header(Answer answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  @Test
  void a_small_result_is_handed_on_as_ever() {
    var before = platform.one("select count(*) from artifact", Integer.class);
    assertThat(tested(platform.ada, rows, 3).path("result")).hasSize(3);
    assertThat(tested(platform.ada, text, 10_000).path("result").asString()).hasSize(50_000);
    assertThat(platform.one("select count(*) from artifact", Integer.class)).isEqualTo(before);
  }

  @Test
  void a_large_result_of_a_test_is_a_handle_and_can_be_read_whole() {
    var answer = tested(platform.ada, rows, 20_000);
    assertThat(answer.path("success").asBoolean()).isTrue();
    var handle = answer.path("result");
    assertThat(handle.path("preview").asString()).contains("\"row\":0", "more");
    assertThat(Json.write(answer).length()).isLessThan(4_000);
    var whole = platform.get(platform.ada, handle.path("url").asString());
    assertThat(whole.as(200)).hasSize(20_000);
    assertThat(whole.body().get(19_999).path("name").asString()).isEqualTo("ä".repeat(10));
    assertThat(header(whole, "Content-Type")).isEqualTo("application/json");
    assertThat(header(whole, "Content-Length")).isEqualTo(handle.path("size_bytes").asString());
    assertThat(header(whole, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(whole, "Content-Disposition"))
        .isEqualTo("attachment; filename=\"" + handle.path("artifact_id").asString() + ".json\"");
    assertThat(header(whole, "Content-Security-Policy")).contains("sandbox");
  }

  @Test
  void the_record_of_the_call_holds_the_handle_only() {
    var answer = tested(platform.ada, text, 20_000);
    var stored =
        Json.stored(
            platform.one(
                "select output from call where id = '" + answer.path("call_id").asString() + "'",
                String.class));
    assertThat(stored).isEqualTo(answer.path("result"));
  }

  @Test
  void over_mcp_it_is_a_handle_too_and_the_reader_is_listed() {
    var called = json("{'jsonrpc':'2.0','id':1,'method':'tools/call'}");
    called.putObject("params").put("name", rows).putObject("arguments").put("n", 20_000);
    var result = platform.post(platform.ada, "/mcp", called).as(200).path("result");
    var handle = result.path("structuredContent");
    assertThat(handle.path("artifact_id").asString()).startsWith("art_");
    assertThat(Json.stored(result.path("content").get(0).path("text").asString()))
        .isEqualTo(handle);
    assertThat(platform.get(platform.ada, handle.path("url").asString()).as(200)).hasSize(20_000);

    var listed = json("{'jsonrpc':'2.0','id':1,'method':'tools/list'}");
    assertThat(platform.post(platform.ada, "/mcp", listed).text()).contains("read_artifact");
    called.putObject("params").put("name", "read_artifact").set("arguments", handle);
    assertThat(
            platform
                .post(platform.ada, "/mcp", called)
                .as(200)
                .path("result")
                .path("structuredContent")
                .path("text")
                .asString())
        .startsWith("[{\"row\":0");
  }

  @Test
  void a_failure_keeps_its_large_value_too() {
    var failing =
        made(
            "failing",
            "return {'success': False, 'error': 'no ' * 50000, 'error_type': 'x' * 9999}");
    var answer = tested(platform.ada, failing, 1);
    assertThat(answer.path("success").asBoolean(true)).isFalse();
    assertThat(answer.path("error").asString()).startsWith("no no").hasSize(2_001);
    assertThat(answer.path("error_type").asString()).hasSize(101);
    var whole = platform.get(platform.ada, answer.path("result").path("url").asString()).as(200);
    assertThat(whole.path("error").asString()).hasSize(150_000);
  }

  @Test
  void a_result_that_cannot_be_kept_is_handed_on_whole() {
    platform.sql("alter table artifact rename to elsewhere");
    try {
      assertThat(tested(platform.ada, rows, 20_000).path("result")).hasSize(20_000);
    } finally {
      platform.sql("alter table elsewhere rename to artifact");
    }
  }

  @Test
  void a_secret_that_a_remote_echoes_is_in_no_artifact() {
    try (var remote = new Remote()) {
      remote.at(
          "/",
          (exchange, _) ->
              Remote.send(
                  exchange,
                  200,
                  "{\"you\": \"Bearer top-secret-1\", \"more\": \"" + "x".repeat(200_000) + "\"}"));
      var tool = http(name("api"), "GET", remote.url() + "/");
      tool.withObjectProperty("implementation")
          .putObject("auth")
          .put("type", "bearer")
          .put("token", "top-secret-1");
      platform.tool(platform.ada, tool);
      var handle = tested(platform.ada, tool.path("name").asString(), 1).path("result");
      var whole = platform.get(platform.ada, handle.path("url").asString()).as(200);
      assertThat(whole.path("you").asString()).isEqualTo("Bearer ***");
      assertThat(whole.path("more").asString()).hasSize(200_000);
      assertThat(handle.toString()).doesNotContain("top-secret");
    }
  }

  @Test
  void a_binary_answer_of_a_remote_is_downloaded_as_it_was() {
    try (var remote = new Remote()) {
      var bytes = new byte[200_000];
      bytes[7] = (byte) 0xff;
      remote.at(
          "/report",
          (exchange, _) -> {
            exchange.getResponseHeaders().set("Content-Type", "application/pdf");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
          });
      var tool = http(name("pdf"), "GET", remote.url() + "/report");
      platform.tool(platform.ada, tool);
      var handle = tested(platform.ada, tool.path("name").asString(), 1).path("result");
      assertThat(handle.path("size_bytes").asInt()).isEqualTo(200_000);
      var whole = platform.get(platform.ada, handle.path("url").asString());
      assertThat(header(whole, "Content-Type")).isEqualTo("application/pdf");
      assertThat(header(whole, "Content-Length")).isEqualTo("200000");
      assertThat(header(whole, "Content-Disposition")).startsWith("attachment");
      var read = platform.test(platform.ada, "read_artifact", (ObjectNode) handle);
      assertThat(read.path("error").asString())
          .isEqualTo("The artifact is no text but application/pdf");
    }
  }

  @Test
  void a_handle_passes_between_tools_as_a_value() {
    var handle = handle(platform.ada, rows);
    var passed = json("{}");
    passed.set("data", handle);
    assertThat(platform.test(platform.ada, echo, passed).path("result").path("data"))
        .isEqualTo(handle);
  }

  @Test
  void a_repeated_request_is_answered_with_the_same_handle_and_charged_once() {
    var user = platform.newUser(Role.MEMBER);
    var request =
        platform
            .request("POST", "/agents/tools/" + rows + "/test", "{\"parameters\":{\"n\":20000}}")
            .header("X-Token", user.token())
            .header("Idempotency-Key", "once");
    var first = platform.send(request);
    var second = platform.send(request);
    assertThat(header(second, "Idempotency-Replayed")).isEqualTo("true");
    assertThat(second.as(200)).isEqualTo(first.as(200));
    var handle = second.body().path("result");
    assertThat(platform.get(user, handle.path("url").asString()).as(200)).hasSize(20_000);
    assertThat(platform.get(user, "/api/artifacts").as(200).path("count").asInt()).isEqualTo(1);
    assertThat(platform.get(user, "/api/users/me/credits").as(200).path("spent").asDouble())
        .isEqualTo(0.5);
  }

  @Test
  void it_is_read_in_ranges_and_in_parts() {
    var url = handle(platform.ada, text).path("url").asString();
    var range = ranged(url, "bytes=5-9");
    assertThat(range.status()).isEqualTo(206);
    assertThat(range.text()).isEqualTo("line\n");
    assertThat(header(range, "Content-Range")).isEqualTo("bytes 5-9/100000");
    assertThat(header(range, "Content-Type")).isEqualTo("text/plain;charset=utf-8");
    assertThat(ranged(url, "bytes=-3").text()).isEqualTo("ne\n");
    assertThat(ranged(url, "bytes=0-1,5-6").status()).isEqualTo(200);
    var beyond = ranged(url, "bytes=100000-");
    assertThat(beyond.as(416).path("message").asString()).contains("100000 bytes");
    assertThat(header(beyond, "Content-Range")).isEqualTo("bytes */100000");

    var part = platform.get(platform.ada, url + "?offset=99990&length=5");
    assertThat(part.status()).isEqualTo(200);
    assertThat(part.text()).isEqualTo("line\n");
    assertThat(header(part, "X-Next-Offset")).isEqualTo("99995");
    assertThat(header(part, "X-Artifact-Size")).isEqualTo("100000");
    var last = platform.get(platform.ada, url + "?offset=99995");
    assertThat(last.text()).isEqualTo("line\n");
    assertThat(header(last, "X-Next-Offset")).isEmpty();
    assertThat(platform.get(platform.ada, url + "?offset=100000").text()).isEmpty();
    platform.get(platform.ada, url + "?offset=-1").as(400);
    platform.get(platform.ada, url + "?length=0").as(400);
  }

  @Test
  void ones_own_are_listed_newest_first_with_what_is_known_of_them() {
    var user = platform.newUser(Role.MEMBER);
    var first = handle(user, rows);
    var second = handle(user, text);
    var list = platform.get(user, "/api/artifacts?limit=1").as(200);
    assertThat(list.path("count").asInt()).isEqualTo(2);
    assertThat(list.path("artifacts")).hasSize(1);
    var newest = list.path("artifacts").get(0);
    assertThat(newest.path("artifact_id")).isEqualTo(second.path("artifact_id"));
    assertThat(newest.path("tool").asString()).isEqualTo(text);
    assertThat(newest.path("call_id").asString()).startsWith("call_");
    assertThat(newest.path("job_id").isNull()).isTrue();
    var older = platform.get(user, "/api/artifacts?limit=1&page=2").as(200).path("artifacts");
    assertThat(older.get(0).path("artifact_id")).isEqualTo(first.path("artifact_id"));
    assertThat(platform.get(user, newest.path("url").asString() + "/metadata").as(200))
        .isEqualTo(newest);
    assertThat(platform.get(platform.root, newest.path("url").asString()).status()).isEqualTo(200);
    platform.get(platform.ada, newest.path("url").asString()).as(404);
    platform.get(platform.eve, newest.path("url").asString()).as(404);
  }

  @Test
  void a_link_needs_no_credential_and_ends_with_the_artifact() {
    var url = handle(platform.ada, rows).path("url").asString();
    var link =
        platform.post(platform.ada, url + "/link", json("{'expires_in_seconds':60}")).as(200);
    assertThat(Instant.parse(link.path("expires_at").asString()))
        .isBefore(Instant.now().plusSeconds(61));
    var address = URI.create(link.path("url").asString());
    assertThat(address.toString()).startsWith(platform.address + "/api/artifact-links/");
    var opened = platform.send(platform.request("GET", address.getPath(), null));
    assertThat(opened.as(200)).hasSize(20_000);
    assertThat(header(opened, "Content-Disposition")).startsWith("attachment");
    assertThat(
            platform
                .send(platform.request("GET", address.getPath(), null).header("Range", "bytes=0-5"))
                .text())
        .isEqualTo("[{\"row");
    platform.send(platform.request("GET", address.getPath() + "x", null)).as(404);
    platform.delete(platform.ada, url).as(200);
    platform.get(platform.ada, url).as(404);
    platform.send(platform.request("GET", address.getPath(), null)).as(404);
  }

  @Test
  void a_link_holds_for_a_week_at_most_and_is_not_kept_for_a_repeated_key() {
    var url = handle(platform.ada, rows).path("url").asString() + "/link";
    assertThat(
            platform
                .post(platform.ada, url, json("{'expires_in_seconds':604801,'days':1}"))
                .as(400)
                .path("message"))
        .hasSize(2);
    var keyed =
        platform
            .request("POST", url, "{}")
            .header("X-Token", platform.ada.token())
            .header("Idempotency-Key", "link");
    var token = platform.send(keyed).as(200).path("url").asString();
    platform.send(keyed).as(409);
    assertThat(
            platform.one(
                "select coalesce(string_agg(answer::text, ''), '') from idempotency", String.class))
        .doesNotContain(token.substring(token.length() - 20));
  }

  @Test
  void a_link_made_before_a_restart_still_opens() {
    try (var other = new TestPlatform()) {
      var tool = name("restarted");
      other.tool(
          other.ada, function(tool, "def run(parameters, context):\n    return 'x' * 100000\n"));
      var handle = other.test(other.ada, tool, Json.object()).path("result");
      var link =
          other
              .post(other.ada, handle.path("url").asString() + "/link", Json.object())
              .as(200)
              .path("url")
              .asString();
      other.stop();
      other.start();
      assertThat(other.send(other.request("GET", URI.create(link).getPath(), null)).text())
          .hasSize(100_000);
    }
  }
}
