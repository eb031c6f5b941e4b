package dev.toolwright.agent;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import dev.toolwright.testing.ScriptedModel;
import dev.toolwright.testing.ScriptedModel.LoggedRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The agent's loop against a model that does what its script says, in streams or whole.
@ParameterizedClass(name = "streams={0}")
@ValueSource(booleans = {true, false})
@SuppressWarnings("NullAway.Init")
class AgentLoopTest {
  private static TestPlatform platform;
  private static String echo;
  private static String agent;

  @Parameter boolean streams;

  @BeforeParameterizedClassInvocation
  static void open(boolean streams) {
    platform =
        streams
            ? new TestPlatform()
            : new TestPlatform(ScriptedModel.withoutStreams(TestPlatform.MODEL_KEY), Map.of());
    echo = name("echo");
    var body = function(echo, "def run(parameters, context):\n    return parameters\n");
    body.set(
        "parameters_schema",
        json(
            "{'type':'object','properties':{'n':{'type':'integer'},'unit':{'type':'string','default':'m'}},"
                + "'required':['n'],'additionalProperties':false}"));
    platform.tool(platform.ada, body);
    agent = platform.agent(platform.ada, echo);
  }

  @AfterParameterizedClassInvocation
  static void close() {
    platform.close();
  }

  private static JsonNode ended(String script) {
    return platform.ended(platform.ada, agent, script);
  }

  private static JsonNode result(JsonNode job) {
    assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
    return job.path("result");
  }

  /// The requests of the conversation whose direction holds `mark`.
  private static List<LoggedRequest> asked(String mark) {
    return platform.model.requests().stream()
        .filter(request -> request.body().path("messages").toString().contains(mark))
        .toList();
  }

  @Test
  void calls_of_one_answer_are_made_and_answered_in_their_order() {
    var job =
        ended(
            "CALL %s {\"n\": 1}\nCALL %s {\"n\": 2}\nCALL %s {\"n\": 3}\n---\nSAY all: <<last_tool_result>>"
                .formatted(echo, echo, echo));
    var result = result(job);
    assertThat(result.path("response").asString()).isEqualTo("all: {\"n\":3,\"unit\":\"m\"}");
    assertThat(result.path("tool_calls"))
        .extracting(call -> call.path("result").path("n").asInt())
        .containsExactly(1, 2, 3);
    assertThat(result.propertyNames())
        .contains("run_id", "thread_id", "response", "usage", "tool_calls", "completed_at");
    assertThat(result.path("run_id").asString())
        .isEqualTo(job.path("job_id").asString().replace("job_", "run_"));
    assertThat(job.path("progress").path("step").asInt()).isEqualTo(5);
  }

  @Test
  void usage_is_summed_over_all_turns() {
    var usage =
        result(
                ended(
                    "USAGE 100 10\nCALL %s {\"n\": 1}\n---\nUSAGE 200 20\nSAY done"
                        .formatted(echo)))
            .path("usage");
    assertThat(usage)
        .isEqualTo(json("{'prompt_tokens':300,'completion_tokens':30,'total_tokens':330}"));
  }

  @Test
  void an_unknown_tool_is_answered_with_the_tools_there_are() {
    var result = result(ended("UNKNOWN_TOOL no_such_tool\n---\nSAY <<tool_result:no_such_tool>>"));
    assertThat(result.path("response").asString()).contains("unknown_tool", echo);
    assertThat(result.path("tool_calls").get(0).path("success").asBoolean()).isFalse();
  }

  @Test
  void malformed_arguments_are_answered_with_an_example() {
    var result = result(ended("MALFORMED " + echo + "\n---\nSAY <<last_tool_result>>"));
    assertThat(Json.stored(result.path("response").asString()))
        .isEqualTo(
            json(
                "{'error_type':'validation_error','error':'The arguments are not a JSON object','example':{'n':0}}"));
  }

  @Test
  void arguments_that_nearly_fit_are_repaired_and_others_answered_with_every_fault() {
    var result =
        result(
            ended(
                "CALL %s {\"n\": \"5\", \"unit\": null}\n---\nCALL %s {\"n\": \"five\", \"x\": 1}\n---\nSAY <<last_tool_result>>"
                    .formatted(echo, echo)));
    assertThat(result.path("tool_calls").get(0).path("result"))
        .isEqualTo(json("{'n':5,'unit':'m'}"));
    var refused = Json.stored(result.path("response").asString());
    assertThat(refused.path("error").asString()).contains("n ", "x is not a known property");
    assertThat(refused.path("example")).isEqualTo(json("{'n':0}"));
  }

  @Test
  void a_cut_off_answer_is_never_executed() {
    var before = platform.one("select count(*) from call", Long.class);
    var result = result(ended("LENGTH\n---\nSAY shorter"));
    assertThat(result.path("response").asString()).contains("No directive is left");
    assertThat(result.path("tool_calls")).isEmpty();
    assertThat(platform.one("select count(*) from call", Long.class)).isEqualTo(before);
  }

  @Test
  void a_refusal_is_an_answer_and_so_is_what_a_filter_withheld() {
    var result = result(ended("REFUSE I will not."));
    assertThat(result.path("response").asString()).isEqualTo("I will not.");
    assertThat(result.path("refused").asBoolean()).isTrue();
    var filtered = result(ended("FILTER"));
    assertThat(filtered.path("response").asString()).contains("content filter");
    assertThat(filtered.path("refused").asBoolean()).isTrue();
  }

  @Test
  void what_passes_is_tried_again_without_the_user_noticing() {
    assertThat(result(ended("ERROR 500 - 1\nSAY after an error")).path("response").asString())
        .isEqualTo("after an error");
    assertThat(result(ended("DROP 1\nSAY after a drop")).path("response").asString())
        .isEqualTo("after a drop");
    assertThat(result(ended("BADJSON 1\nSAY after nonsense")).path("response").asString())
        .isEqualTo("after nonsense");
    assertThat(result(ended("EMPTY 1\nSAY after nothing")).path("response").asString())
        .isEqualTo("after nothing");
  }

  @Test
  void a_long_rate_limit_lets_the_job_wait_without_a_node_and_then_finish() {
    var mark = name("limit");
    var job = platform.execute(platform.ada, agent, "ERROR 429 120 1\nSAY " + mark + " through");
    var waiting = platform.until(platform.ada, job, "waiting");
    assertThat(waiting.path("waiting").get(0).path("reason").asString()).isEqualTo("limit");
    wakeWaiting(job);
    assertThat(result(platform.until(platform.ada, job, "completed")).path("response").asString())
        .isEqualTo(mark + " through");
  }

  private static void wakeWaiting(String job) {
    platform.sql(
        "update run set due_at = now() where id = '%s' and state = 'waiting'"
            .formatted(job.replace("job_", "run_")));
  }

  @Test
  void after_three_retries_in_vain_the_job_waits() {
    var mark = name("vain");
    var job = platform.execute(platform.ada, agent, "ERROR 503 - 4\nSAY " + mark);
    platform.until(platform.ada, job, "waiting");
    assertThat(asked(mark)).hasSize(4);
    wakeWaiting(job);
    platform.until(platform.ada, job, "completed");
    assertThat(asked(mark)).hasSize(5);
  }

  @Test
  void a_job_whose_model_hangs_is_cancelled_within_a_second() {
    var mark = name("hang");
    var job = platform.execute(platform.ada, agent, "HANG\nSAY " + mark);
    await().until(() -> !asked(mark).isEmpty());
    var started = System.nanoTime();
    platform.post(platform.ada, "/agents/status/" + job + "/cancel", Json.object()).as(200);
    platform.until(platform.ada, job, "cancelled");
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void a_job_ends_at_its_step_limit_and_keeps_what_was_done() {
    var body =
        Json.object()
            .put("agent_id", agent)
            .put("message", "LOOP %s {\"n\": 1}".formatted(echo))
            .put("max_steps", 3);
    var job = platform.until(platform.ada, platform.execute(platform.ada, body), "failed");
    assertThat(job.path("error_message").asString()).contains("3 steps");
    assertThat(job.path("result").path("tool_calls")).hasSize(3);
  }

  @Test
  void the_tools_of_a_job_may_be_replaced_and_each_must_be_the_callers() {
    var body = Json.object().put("agent_id", agent);
    body.put("message", "UNKNOWN_TOOL " + echo + "\n---\nSAY <<last_tool_result>>");
    body.putArray("tools");
    var result =
        result(platform.until(platform.ada, platform.execute(platform.ada, body), "completed"));
    assertThat(result.path("response").asString()).contains("unknown_tool");

    body.putArray("tools").add("word_count");
    body.put("message", "CALL word_count {\"text\": \"a b\"}\n---\nSAY <<last_tool_result>>");
    result =
        result(platform.until(platform.ada, platform.execute(platform.ada, body), "completed"));
    assertThat(result.path("response").asString()).contains("\"words\":2");

    body.putArray("tools").add("nowhere").add("no_tool_either");
    var refused = platform.post(platform.ada, "/agents/execute", body).as(403);
    assertThat(refused.path("message").asString()).contains("nowhere", "no_tool_either");
  }

  @Test
  void a_thread_goes_on_and_its_jobs_run_in_order() {
    var first = ended("SAY the first answer");
    var thread = result(first).path("thread_id").asString();
    var mark = name("again");
    var body =
        Json.object().put("agent_id", agent).put("thread_id", thread).put("message", "SAY " + mark);
    var slow = body.deepCopy().put("message", "SLOW 300\nSAY slow " + mark);
    var second = platform.execute(platform.ada, slow);
    var third = platform.execute(platform.ada, body);
    platform.until(platform.ada, third, "completed");
    platform.until(platform.ada, second, "completed");
    var asked = asked("SAY " + mark).getLast().body().path("messages").toString();
    assertThat(asked).contains("SAY the first answer", "the first answer", "slow " + mark);
    assertThat(asked.indexOf("the first answer")).isLessThan(asked.indexOf("slow " + mark));

    var foreign = body.deepCopy();
    assertThat(platform.post(platform.root, "/agents/execute", foreign).status()).isEqualTo(404);
    body.put("thread_id", "thread_000000000000000000000000");
    assertThat(platform.post(platform.ada, "/agents/execute", body).status()).isEqualTo(404);
  }

  @Test
  void tools_are_told_the_context_and_the_servers_names_win() {
    var tool = name("context");
    platform.tool(
        platform.ada, function(tool, "def run(parameters, context):\n    return context\n"));
    var body = Json.object().put("agent_id", platform.agent(platform.ada, tool));
    body.put("message", "CALL " + tool + " {}\n---\nSAY done");
    body.set(
        "context",
        json(
            "{'user_id':'forged','workspace_id':'forged','run_id':'forged','agent_id':'forged','test_mode':true,'mine':1}"));
    var job = platform.until(platform.ada, platform.execute(platform.ada, body), "completed");
    var told = job.path("result").path("tool_calls").get(0).path("result");
    assertThat(told.path("user_id").asString()).isEqualTo(platform.ada.caller().userId());
    assertThat(told.path("workspace_id").asString()).isEqualTo(platform.ada.caller().workspaceId());
    assertThat(told.path("run_id").asString()).startsWith("run_");
    assertThat(told.path("agent_id").asString()).startsWith("asst_");
    assertThat(told.path("test_mode").asBoolean()).isFalse();
    assertThat(told.path("mine").asInt()).isEqualTo(1);
  }

  @Test
  void a_retry_after_the_models_failure_asks_again_without_repeating_tools() {
    var tool = name("effect");
    platform.tool(platform.ada, http(tool, "POST", platform.sink.baseUrl() + "/" + tool));
    var own = platform.agent(platform.ada, tool);
    var mark = name("broken");
    var job =
        platform.execute(
            platform.ada,
            own,
            "CALL "
                + tool
                + " {\"a\": 1}\n---\nERROR 400 - 1\nSAY "
                + mark
                + " <<last_tool_result>>");
    var failed = platform.until(platform.ada, job, "failed");
    assertThat(failed.path("error_type").asString()).isEqualTo("model_error");
    assertThat(failed.path("result").path("tool_calls")).hasSize(1);
    platform.post(platform.ada, "/agents/status/" + job + "/retry", Json.object()).as(200);
    var ended = platform.until(platform.ada, job, "completed");
    assertThat(ended.path("attempt").asInt()).isEqualTo(2);
    assertThat(ended.path("result").path("response").asString()).startsWith(mark);
    assertThat(platform.sink.effects().stream().filter(e -> e.path().equals("/" + tool)))
        .singleElement()
        .satisfies(effect ->
            assertThat(effect.key()).isEqualTo(job.replace("job_", "run_") + "/turn/1/call/1"));
  }

  @Test
  void a_job_keeps_the_version_it_started_with_and_loses_a_tool_that_is_taken_away() {
    var tool = name("pinned");
    platform.tool(
        platform.ada, function(tool, "def run(parameters, context):\n    return 'old'\n"));
    var share = Json.object().put("grant_access", true);
    share.putArray("user_ids").add(platform.bob.caller().userId());
    platform.post(platform.ada, "/agents/tools/" + tool + "/share", share).as(200);
    var own = platform.agent(platform.bob, tool);
    var job =
        platform.execute(
            platform.bob,
            own,
            "ERROR 429 60 1\nCALL %s {}\n---\nERROR 429 60 1\nCALL %s {}\n---\nSAY done"
                .formatted(tool, tool));
    platform.until(platform.bob, job, "waiting");
    var change = Json.object();
    change
        .putObject("implementation")
        .put("code", "def run(parameters, context):\n    return 'new'\n");
    platform.put(platform.ada, "/agents/tools/" + tool, change).as(200);
    wakeWaiting(job);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            platform.status(platform.bob, job).path("status").asString().equals("waiting")
                && platform.status(platform.bob, job).path("progress").path("step").asInt() == 2);
    share.put("grant_access", false);
    platform.post(platform.ada, "/agents/tools/" + tool + "/share", share).as(200);
    wakeWaiting(job);
    var calls = platform.until(platform.bob, job, "completed").path("result").path("tool_calls");
    assertThat(calls.get(0).path("result").asString()).isEqualTo("old");
    assertThat(calls.get(1).path("error_type").asString()).isEqualTo("unknown_tool");
  }

  @Test
  void a_tools_odd_error_text_does_not_stop_the_job() {
    var tool = name("odd");
    platform.tool(
        platform.ada,
        function(tool, "def run(parameters, context):\n    raise ValueError('a\\x00b\\ud800c')\n"));
    var own = platform.agent(platform.ada, tool);
    var job = platform.ended(platform.ada, own, "CALL " + tool + " {}\n---\nSAY done");
    assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
  }

  @Test
  void a_wrong_key_fails_naming_the_setting() {
    try (var other = new TestPlatform(Map.of("OPENAI_API_KEY", "wrong"))) {
      var own = other.agent(other.ada);
      var job = other.ended(other.ada, own, "SAY never");
      assertThat(job.path("status").asString()).isEqualTo("failed");
      assertThat(job.path("error_message").asString()).contains("OPENAI_API_KEY");
      assertThat(job.toString()).doesNotContain("wrong\"");
    }
  }
}
