package dev.toolwright.api.callback;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.Answer;
import dev.toolwright.json.Json;
import dev.toolwright.testing.WebhookReceiver;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Webhook tools whose receiver answers later, to the one-time address it was given.
@SuppressWarnings("NullAway.Init")
class CallbackTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static TestPlatform platform;
  private static WebhookReceiver receiver;

  private final String path = "/" + name("hook");

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    receiver = new WebhookReceiver();
  }

  @AfterAll
  static void close() {
    receiver.close();
    platform.close();
  }

  @AfterEach
  void every_message_was_genuine() {
    assertThat(receiver.faults()).isEmpty();
  }

  /// A tool whose receiver calls back within `millis`.
  private String tool(int millis) {
    var tool = Json.object().put("name", name("ask")).put("tool_type", "webhook");
    tool.putObject("implementation")
        .put("webhook_url", receiver.baseUrl() + path)
        .put("callback_required", true);
    tool.putObject("parameters_schema").put("type", "object");
    tool.put("description", "Asks somebody").put("max_execution_time_ms", millis);
    platform.tool(platform.ada, tool);
    return tool.path("name").asString();
  }

  private static Answer test(String tool, String query, ObjectNode parameters) {
    return platform.post(
        platform.ada,
        "/agents/tools/" + tool + "/test" + query,
        Json.object().set("parameters", parameters));
  }

  /// Starts a call that nobody waits for; gives what its caller is told.
  private static JsonNode begun(String tool) {
    return test(tool, "?wait=0", json("{'n':1}")).as(200);
  }

  private URI callback() {
    await().atMost(LONG).until(() -> !receiver.messages(path).isEmpty());
    return URI.create(receiver.messages(path).getLast().body().path("callback_url").asString());
  }

  private static Answer answer(URI callback, String body) {
    return platform.send(
        platform
            .request("POST", callback.getPath(), body.replace('\'', '"'))
            .header("Content-Type", "application/json"));
  }

  private static JsonNode ended(JsonNode begun) {
    return platform.until(
        platform.ada, begun.path("job_id").asString(), "completed", "failed", "cancelled");
  }

  private static void waiting(JsonNode begun) {
    platform.until(platform.ada, begun.path("job_id").asString(), "waiting");
  }

  private static int calls(JsonNode begun, String condition) {
    return platform.one(
        "select count(*) from call where id = '%s' and %s"
            .formatted(begun.path("call_id").asString(), condition),
        Integer.class);
  }

  @Test
  void the_callbacks_body_is_the_result_of_whoever_waits() {
    receiver.at(
        path,
        (message, _) -> {
          var url = URI.create(message.body().path("callback_url").asString());
          assertThat(message.headers()).containsEntry("callback-url", url.toString());
          var _ = CompletableFuture.runAsync(() -> answer(url, "{'approved':true,'by':['ann']}"));
          return WebhookReceiver.Answer.of(202, "");
        });
    var tool = tool(20_000);
    var answer = test(tool, "", json("{'n':1}")).as(200);
    assertThat(answer.path("success").asBoolean()).as("%s", answer).isTrue();
    assertThat(answer.path("result")).isEqualTo(json("{'approved':true,'by':['ann']}"));
    assertThat(answer.path("execution_time_ms").isNumber()).isTrue();
    assertThat(answer.path("logs").isArray()).isTrue();
    assertThat(answer.has("job_id")).isFalse();
    assertThat(calls(answer, "outcome = 'succeeded' and door = 'test' and credits = 0.5"))
        .isEqualTo(1);
    assertThat(receiver.messages(path)).hasSize(1);
  }

  @Test
  void whoever_will_not_wait_is_led_to_the_job() {
    var tool = tool(60_000);
    var begun = begun(tool);
    assertThat(begun.path("success").isNull()).isTrue();
    assertThat(begun.path("result").isNull()).isTrue();
    assertThat(begun.path("status").asString()).isEqualTo("waiting");
    assertThat(begun.path("logs").isArray()).isTrue();
    assertThat(begun.path("status_url").asString())
        .isEqualTo("/agents/status/" + begun.path("job_id").asString());
    waiting(begun);
    var status = platform.get(platform.ada, begun.path("status_url").asString()).as(200);
    var wait = status.path("waiting").path(0);
    assertThat(wait.path("reason").asString()).isEqualTo("callback");
    assertThat(wait.path("tool").asString()).isEqualTo(tool);
    assertThat(wait.path("seconds").asInt()).isBetween(1, 60);
    assertThat(status.toString()).doesNotContain(callback().getPath());
    assertThat(platform.one("select count(*) from run where state = 'running'", Integer.class))
        .as("no node is held by waiting")
        .isZero();
    assertThat(answer(callback(), "{'done':1}").as(200).path("accepted").asBoolean()).isTrue();
    var ended = ended(begun);
    assertThat(ended.path("status").asString()).isEqualTo("completed");
    assertThat(ended.path("result").path("success").asBoolean()).isTrue();
    assertThat(ended.path("result").path("result")).isEqualTo(json("{'done':1}"));
    assertThat(calls(begun, "outcome = 'succeeded'")).isEqualTo(1);
  }

  @Test
  void any_json_may_be_the_answer_and_none_is_an_empty_object() {
    for (var body : List.of("[1,2]", "'text'", "17", "null", "")) {
      var begun = begun(tool(60_000));
      waiting(begun);
      answer(callback(), body).as(200);
      assertThat(ended(begun).path("result").path("result"))
          .isEqualTo(Json.stored(body.isEmpty() ? "{}" : body.replace('\'', '"')));
    }
  }

  @Test
  void the_same_answer_again_is_fine_and_another_is_a_conflict_before_and_after_the_end() {
    var begun = begun(tool(60_000));
    waiting(begun);
    answer(callback(), "{'a':1,'b':2}").as(200);
    answer(callback(), "{'b':2, 'a':1}").as(200);
    answer(callback(), "{'a':2}").as(409);
    assertThat(ended(begun).path("result").path("result")).isEqualTo(json("{'a':1,'b':2}"));
    answer(callback(), "{'a':1,'b':2}").as(200);
    answer(callback(), "{'a':2}").as(409);
    assertThat(calls(begun, "true")).isEqualTo(1);
  }

  @Test
  void a_late_answer_is_refused_and_the_call_has_failed_with_timeout() {
    var begun = begun(tool(300));
    var ended = ended(begun);
    assertThat(ended.path("status").asString()).isEqualTo("failed");
    assertThat(ended.path("error_type").asString()).isEqualTo("timeout");
    assertThat(ended.path("error_message").asString()).contains("timeout");
    assertThat(ended.path("result").path("success").asBoolean(true)).isFalse();
    answer(callback(), "{'too':'late'}").as(410);
    assertThat(calls(begun, "error_type = 'timeout'")).isEqualTo(1);
    platform
        .post(platform.ada, begun.path("status_url").asString() + "/retry", Json.object())
        .as(409);
  }

  @Test
  void a_forged_address_leads_nowhere() {
    var begun = begun(tool(60_000));
    waiting(begun);
    var token = callback().getPath().substring("/callbacks/".length());
    var flipped = (token.charAt(30) == '0' ? '1' : '0') + token.substring(31);
    for (var forged :
        List.of(
            token.substring(0, 30) + flipped,
            "0".repeat(88),
            token.substring(0, 24),
            token + "0",
            token.toUpperCase(java.util.Locale.ROOT),
            platform.eve.caller().workspaceId().substring(3) + token.substring(24),
            "x")) {
      answer(URI.create("/callbacks/" + forged), "{'forged':1}").as(404);
    }
    platform.send(platform.request("GET", callback().getPath(), null)).as(405);
    assertThat(
            platform.one(
                "select count(*) from run_wait where answer is not null and run_id = '"
                    + begun.path("job_id").asString().replace("job_", "run_")
                    + "'",
                Integer.class))
        .isZero();
    assertThat(
            platform.one(
                "select encode(token_hash, 'hex') from run_wait where run_id = '"
                    + begun.path("job_id").asString().replace("job_", "run_")
                    + "'",
                String.class))
        .isNotEqualTo(token.substring(24));
    answer(callback(), "{}").as(200);
  }

  @Test
  void a_malformed_or_oversized_answer_is_refused_and_the_right_one_still_counts() {
    var begun = begun(tool(60_000));
    waiting(begun);
    answer(callback(), "{no").as(400);
    answer(callback(), "{'a':1,'a':2}").as(400);
    answer(callback(), "{'a':'\\u0000'}").as(400);
    answer(callback(), "'" + "x".repeat(1 << 20) + "'").as(413);
    platform
        .send(
            platform
                .request("POST", callback().getPath(), "a=1")
                .header("Content-Type", "application/x-www-form-urlencoded"))
        .as(415);
    answer(callback(), "{'right':1}").as(200);
    assertThat(ended(begun).path("result").path("result")).isEqualTo(json("{'right':1}"));
  }

  @Test
  void an_agents_step_waits_and_the_agent_goes_on_with_the_answer() {
    var tool = tool(60_000);
    var agent = platform.agent(platform.ada, tool);
    var job =
        platform.execute(
            platform.ada,
            agent,
            "CALL " + tool + " {\"n\": 1}\n---\nSAY They said <<last_tool_result>>");
    var status = platform.until(platform.ada, job, "waiting");
    assertThat(status.path("waiting").path(0).path("reason").asString()).isEqualTo("callback");
    assertThat(status.path("waiting").path(0).path("step").asString()).isEqualTo("turn/1/call/1");
    assertThat(status.toString()).doesNotContain("/callbacks/");
    answer(callback(), "{'colour':'blue'}").as(200);
    var ended = platform.until(platform.ada, job, "completed");
    assertThat(ended.path("result").path("response").asString()).contains("blue");
    assertThat(ended.path("result").path("tool_calls").path(0).path("result"))
        .isEqualTo(json("{'colour':'blue'}"));
    assertThat(receiver.messages(path)).hasSize(1);
    var run = job.replace("job_", "run_");
    assertThat(
            platform.one(
                "select count(*) from call where run_id = '" + run + "' and outcome = 'succeeded'",
                Integer.class))
        .isEqualTo(1);
    assertThat(
            platform.one(
                "select string_agg(data::text, ' ') from run_event where run_id = '" + run + "'",
                String.class))
        .doesNotContain("/callbacks/");
  }

  @Test
  void a_receiver_that_never_calls_back_is_told_to_the_model_as_a_timeout() {
    var tool = tool(300);
    var agent = platform.agent(platform.ada, tool);
    var ended =
        platform.ended(
            platform.ada, agent, "CALL " + tool + " {}\n---\nSAY So: <<last_tool_result>>");
    assertThat(ended.path("status").asString()).isEqualTo("completed");
    assertThat(ended.path("result").path("tool_calls").path(0).path("error_type").asString())
        .isEqualTo("timeout");
  }

  @Test
  void a_wait_outlives_the_server() {
    var begun = begun(tool(120_000));
    waiting(begun);
    var callback = callback();
    platform.stop();
    platform.start();
    answer(callback, "{'after':'restart'}").as(200);
    assertThat(ended(begun).path("result").path("result")).isEqualTo(json("{'after':'restart'}"));
    assertThat(receiver.messages(path)).hasSize(1);
  }

  @Test
  void a_receiver_that_refuses_is_a_failure_and_may_not_call_back() {
    receiver.at(path, 422, "{\"why\": \"no\"}");
    var answer = test(tool(60_000), "", json("{}")).as(200);
    assertThat(answer.path("success").asBoolean(true)).isFalse();
    assertThat(answer.path("error_type").asString()).isEqualTo("remote_error");
    assertThat(answer.path("error").asString()).contains("answered 422");
    answer(callback(), "{}").as(410);
  }

  @Test
  void a_receiver_that_answers_before_it_acknowledges_is_heard() {
    var last = new AtomicReference<Answer>();
    receiver.at(
        path,
        (message, _) -> {
          last.set(
              answer(URI.create(message.body().path("callback_url").asString()), "{'fast':true}"));
          receiver.hang();
          return WebhookReceiver.Answer.of(200, "");
        });
    var answer = test(tool(3_000), "", json("{}")).as(200);
    assertThat(last.get().status()).isEqualTo(200);
    assertThat(answer.path("result")).isEqualTo(json("{'fast':true}"));
  }

  @Test
  void a_cancelled_job_takes_no_answer() {
    var begun = begun(tool(60_000));
    waiting(begun);
    platform
        .post(platform.ada, begun.path("status_url").asString() + "/cancel", Json.object())
        .as(200);
    answer(callback(), "{}").as(410);
  }

  @Test
  void arguments_that_do_not_fit_and_viewers_never_become_a_job() {
    var tool = tool(60_000);
    platform
        .put(
            platform.ada,
            "/agents/tools/" + tool,
            json("{'parameters_schema':{'type':'object','required':['must']}}"))
        .as(200);
    var before = platform.one("select count(*) from run", Integer.class);
    var spent = platform.one("select count(*) from credit_entry", Integer.class);
    test(tool, "", json("{}")).as(422);
    var call = json("{'jsonrpc':'2.0','id':1,'method':'tools/call'}");
    call.putObject("params").put("name", tool).putObject("arguments");
    platform
        .post(
            platform.ada,
            "/agents/tools/" + tool + "/share",
            Json.object()
                .put("grant_access", true)
                .set("user_ids", Json.array().add(platform.vera.caller().userId())))
        .as(200);
    var denied = platform.post(platform.vera, "/mcp", call).as(200).path("result");
    assertThat(denied.path("isError").asBoolean()).isTrue();
    assertThat(platform.one("select count(*) from run", Integer.class)).isEqualTo(before);
    assertThat(platform.one("select count(*) from credit_entry", Integer.class)).isEqualTo(spent);
    assertThat(receiver.messages(path)).isEmpty();
  }

  @Test
  void a_call_is_charged_once_and_not_made_without_credits() {
    var poor = platform.newUser(dev.toolwright.account.Role.MEMBER);
    var tool = tool(60_000);
    platform
        .post(
            platform.ada,
            "/agents/tools/" + tool + "/share",
            Json.object()
                .put("grant_access", true)
                .set("user_ids", Json.array().add(poor.caller().userId())))
        .as(200);
    platform
        .put(
            platform.root,
            "/api/users/" + poor.caller().userId() + "/credits",
            json("{'limit':0.5}"))
        .as(200);
    var body = json("{'parameters':{}}");
    var begun = platform.post(poor, "/agents/tools/" + tool + "/test?wait=0", body).as(200);
    platform.post(poor, "/agents/tools/" + tool + "/test?wait=0", body).as(402);
    await().atMost(LONG).until(() -> !receiver.messages(path).isEmpty());
    answer(callback(), "{}").as(200);
    platform.until(poor, begun.path("job_id").asString(), "completed");
    assertThat(
            platform.one(
                "select trim_scale(spent)::text from user_meter where user_id = '"
                    + poor.caller().userId()
                    + "'",
                String.class))
        .isEqualTo("0.5");
    assertThat(receiver.messages(path)).hasSize(1);
  }

  @Test
  void a_right_that_is_taken_back_while_a_call_waits_keeps_the_answer_away() {
    var tool = tool(60_000);
    var url = "/agents/tools/" + tool + "/share";
    var users = Json.array().add(platform.bob.caller().userId());
    platform
        .post(platform.ada, url, Json.object().put("grant_access", true).set("user_ids", users))
        .as(200);
    var begun =
        platform
            .post(platform.bob, "/agents/tools/" + tool + "/test?wait=0", json("{'parameters':{}}"))
            .as(200);
    platform.until(platform.bob, begun.path("job_id").asString(), "waiting");
    platform
        .post(platform.ada, url, Json.object().put("grant_access", false).set("user_ids", users))
        .as(200);
    answer(callback(), "{'secret':'value'}").as(200);
    var ended =
        platform.until(platform.bob, begun.path("job_id").asString(), "completed", "failed");
    assertThat(ended.path("error_type").asString()).isEqualTo("permission_error");
    assertThat(ended.toString()).doesNotContain("value");
    assertThat(calls(begun, "error_type = 'permission_error'")).isEqualTo(1);
  }

  @Test
  void an_answer_that_does_not_fit_the_output_schema_is_a_failure_that_keeps_it() {
    var tool = tool(60_000);
    platform
        .put(
            platform.ada,
            "/agents/tools/" + tool,
            json("{'output_schema':{'type':'object','required':['approved']}}"))
        .as(200);
    var begun = begun(tool);
    waiting(begun);
    answer(callback(), "{'other':1}").as(200);
    var ended = ended(begun);
    assertThat(ended.path("error_message").asString()).contains("output schema");
    assertThat(ended.path("result").path("result")).isEqualTo(json("{'other':1}"));
  }

  @Test
  void an_mcp_client_gets_the_answer_or_a_link() {
    receiver.at(
        path,
        (message, _) -> {
          var url = URI.create(message.body().path("callback_url").asString());
          var _ = CompletableFuture.runAsync(() -> answer(url, "{'over':'mcp'}"));
          return WebhookReceiver.Answer.of(200, "");
        });
    var call = json("{'jsonrpc':'2.0','id':1,'method':'tools/call'}");
    call.putObject("params").put("name", tool(20_000)).putObject("arguments");
    var result = platform.post(platform.ada, "/mcp", call).as(200).path("result");
    assertThat(result.path("structuredContent")).isEqualTo(json("{'over':'mcp'}"));
    assertThat(result.path("isError").asBoolean(true)).isFalse();

    receiver.at(path, 200, "");
    var meta = ((ObjectNode) call.path("params")).putObject("_meta");
    meta.put("dev.toolwright/wait_seconds", 0);
    result = platform.post(platform.ada, "/mcp", call).as(200).path("result");
    var link = result.path("structuredContent");
    assertThat(result.path("isError").asBoolean(true)).isFalse();
    assertThat(link.path("status").asString()).isEqualTo("waiting");
    assertThat(result.path("content").path(0).path("text").asString())
        .contains(link.path("job_id").asString())
        .contains(platform.address + "/agents/status/" + link.path("job_id").asString());
    await().atMost(LONG).until(() -> receiver.messages(path).size() == 2);
    answer(callback(), "{'later':1}").as(200);
    assertThat(ended(link).path("result").path("result")).isEqualTo(json("{'later':1}"));
  }
}
