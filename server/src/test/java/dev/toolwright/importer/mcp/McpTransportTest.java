package dev.toolwright.importer.mcp;

import static dev.toolwright.TestPlatform.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.json.Json;
import org.junit.jupiter.api.Test;

/// How MCP servers of others are spoken to, in every revision.
class McpTransportTest extends McpServersFixture {
  @Test
  void a_stream_is_read_until_the_answer_and_annotations_become_behavior() {
    script.streams = true;
    add(draft());
    var discovered = discover(false);
    var look = tool(discovered, "look");
    var pay = tool(discovered, "pay.now");
    assertThat(pay).contains("pay_now");
    assertThat(platform.test(platform.ada, look, Json.object()).path("result").asString())
        .isEqualTo("seen");
    var behavior = shown(look).path("behavior");
    assertThat(behavior.path("read_only").asBoolean()).isTrue();
    behavior = shown(pay).path("behavior");
    assertThat(behavior.path("idempotent").asBoolean()).isFalse();
    assertThat(behavior.path("destructive").asBoolean()).isTrue();
  }

  @Test
  void a_server_without_handshake_is_asked_as_the_stateless_revision_wants() {
    script.isModern = true;
    add(draft());
    var look = tool(discover(false), "look");
    script.result = "{'structuredContent':{'n':3},'content':[{'type':'text','text':'three'}]}";
    assertThat(platform.test(platform.ada, look, json("{'n':3}")).path("result"))
        .hasToString("{\"n\":3}");
    var request = remote.last();
    assertThat(request.header("Mcp-method")).isEqualTo("tools/call");
    assertThat(request.header("Mcp-name")).isEqualTo("look");
    assertThat(
            Json.stored(request.body())
                .path("params")
                .path("_meta")
                .path("io.modelcontextprotocol/protocolVersion")
                .asString())
        .isEqualTo("2026-07-28");
  }

  @Test
  void a_server_that_ignores_what_it_does_not_know_is_met_with_a_handshake() {
    script.ignores = true;
    add(draft());
    assertThat(discover(false).path("added")).hasSize(2);
  }

  @Test
  void a_server_that_wants_more_rights_is_heard() {
    add(draft());
    var look = tool(discover(false), "look");
    remote.at(
        "/mcp",
        (exchange, _) -> {
          exchange
              .getResponseHeaders()
              .set(
                  "WWW-Authenticate",
                  "Bearer error=\"insufficient_scope\", scope=\"files:read files:write\"");
          Remote.send(exchange, 403, "");
        });
    assertThat(platform.test(platform.ada, look, Json.object()).path("error").asString())
        .contains("more rights", "files:read files:write");
  }

  @Test
  void a_session_that_the_server_forgot_is_opened_anew() {
    add(draft());
    var look = tool(discover(false), "look");
    script.session = "another";
    assertThat(platform.test(platform.ada, look, Json.object()).path("success").asBoolean())
        .isTrue();
    assertThat(script.calls).hasValue(1);
    // As the servers of the SDK say it.
    script.forgotten = 400;
    script.session = "another";
    assertThat(platform.test(platform.ada, look, Json.object()).path("success").asBoolean())
        .isTrue();
    assertThat(script.calls).hasValue(2);
  }

  @Test
  void a_stream_that_ends_before_the_answer_is_taken_up_where_it_ended() {
    add(draft());
    var pay = tool(discover(false), "pay.now");
    script.breaks = true;
    assertThat(platform.test(platform.ada, pay, Json.object()).path("result").asString())
        .isEqualTo("seen");
    assertThat(script.calls).hasValue(1);
    assertThat(remote.last().method()).isEqualTo("GET");
    assertThat(remote.last().header("Last-event-id")).isEqualTo("first");
    assertThat(remote.last().header("Mcp-session-id")).isEqualTo(script.session);
    assertThat(remote.last().header("Idempotency-key")).isNull();
  }

  @Test
  void nobody_knows_what_became_of_a_call_whose_stream_is_gone() {
    add(draft());
    var pay = tool(discover(false), "pay.now");
    script.breaks = true;
    script.resumable = 0;
    assertThat(platform.test(platform.ada, pay, Json.object()).path("error_type").asString())
        .isEqualTo("outcome_unknown");
    assertThat(script.calls).hasValue(1);
  }

  @Test
  void arguments_are_repeated_in_headers_where_the_schema_says_so_and_nothing_is_filled_in() {
    script.isModern = true;
    script.tools =
        "[{'name':'look','inputSchema':{'type':'object','properties':{'where':{'type':'string','x-mcp-header':'Region'},'n':{'type':'integer','x-mcp-header':'Count'}}}},"
            + "{'name':'bad','inputSchema':{'type':'object','properties':{'x':{'type':'string','x-mcp-header':'A: b'}}}}]";
    add(draft().put("api_key", "sesame-key-3"));
    var discovered = discover(false);
    assertThat(names(discovered, "skipped")).containsExactly("bad");
    var look = tool(discovered, "look");
    platform.test(platform.ada, look, json("{'where':'{{access_token}}','n':7}"));
    assertThat(remote.last().header("Mcp-param-region")).isEqualTo("{{access_token}}");
    assertThat(remote.last().header("Mcp-param-count")).isEqualTo("7");
    var evil = Json.object().put("where", "x\r\nX-Evil: 1");
    assertThat(platform.test(platform.ada, look, evil).path("success").asBoolean()).isTrue();
    assertThat(remote.last().header("Mcp-param-region")).startsWith("=?base64?");
    assertThat(remote.last().header("X-evil")).isNull();
    assertThat(remote.last().header("Mcp-param-count")).isNull();
  }

  @Test
  void a_server_below_the_given_address_is_found() {
    add(draft().put("url", remote.url()));
    assertThat(discover(false).path("added")).hasSize(2);
  }

  @Test
  void what_a_server_says_of_its_progress_reaches_whoever_follows_the_call() {
    script.streams = true;
    add(draft());
    var tool = tool(discover(false), "look");
    var call = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", "tools/call");
    var params = call.putObject("params").put("name", tool);
    params.putObject("_meta").put("progressToken", "mine");
    var answer =
        platform.send(
            platform
                .request("POST", "/mcp", Json.write(call))
                .header("X-Token", platform.ada.token())
                .header("Accept", "application/json, text/event-stream"));
    assertThat(answer.text())
        .contains("\"params\":{\"progress\":1.0,\"progressToken\":\"mine\",\"total\":2.0}");
    assertThat(Json.stored(remote.last().body()).at("/params/_meta/progressToken").isNumber())
        .isTrue();
  }

  @Test
  void a_server_of_the_old_transport_is_spoken_to() {
    var old = new OldMcpServer("/messages?session=");
    old.at(remote, "/old");
    add(draft().put("url", remote.url() + "/old").put("api_key", "sesame-key-1"));
    var tool = tool(discover(false), "look");
    for (var i = 1; i <= 2; i++) {
      var called = platform.test(platform.ada, tool, json("{'n':4}"));
      assertThat(called.path("result").asString()).as(called.toString()).isEqualTo("seen 4");
    }
    assertThat(remote.requests("/messages").getLast().header("Authorization"))
        .isEqualTo("Bearer sesame-key-1");
    for (var posted : remote.requests("/messages")) {
      var isCall = posted.body().contains("tools/call");
      assertThat(posted.header("Idempotency-key") != null).as(posted.body()).isEqualTo(isCall);
    }
  }

  @Test
  void a_server_of_the_old_transport_cannot_send_the_credential_elsewhere() {
    try (var elsewhere = new Remote()) {
      elsewhere.at("/messages", 202, "");
      new OldMcpServer(elsewhere.url() + "/messages").at(remote, "/old");
      add(draft().put("url", remote.url() + "/old").put("api_key", "sesame-key-2"));
      var refused =
          platform.post(platform.ada, "/agents/mcp-servers/" + server + "/discover", Json.object());
      assertThat(refused.status()).isEqualTo(422);
      assertThat(elsewhere.count()).isZero();
    }
  }
}
