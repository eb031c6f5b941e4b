package dev.toolwright.agent;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import dev.toolwright.testing.ScriptedModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The agent's loop with every provider, against servers as strict as theirs: with Azure in both of
/// its styles and at an old version, and with servers that do not stream.
@ParameterizedClass(name = "Azure {0}, streams={1}")
@CsvSource({"2024-10-21,true", "v1,true", "2023-05-15,false"})
@SuppressWarnings("NullAway.Init")
class ProvidersLoopTest {
  private static final List<String> MODELS =
      List.of("gpt-4o", "claude-x", "azure/chat", "ollama/llama3");
  private static ScriptedModel keyed;
  private static ScriptedModel open;
  private static TestPlatform platform;
  private static String echo;

  @Parameter(0)
  private String azure;

  @Parameter(1)
  boolean streams;

  @BeforeParameterizedClassInvocation
  static void start(String azure, boolean streams) {
    keyed = server("provider-key", streams);
    open = streams ? ScriptedModel.ollama() : ScriptedModel.withoutStreams(null);
    platform =
        new TestPlatform(
            server(TestPlatform.MODEL_KEY, streams),
            Map.of(
                "AZURE_OPENAI_API_KEY",
                "provider-key",
                "AZURE_OPENAI_ENDPOINT",
                keyed.origin().toString(),
                "AZURE_OPENAI_API_VERSION",
                azure,
                "ANTHROPIC_API_KEY",
                "provider-key",
                "ANTHROPIC_BASE_URL",
                keyed.origin().toString(),
                "OLLAMA_BASE_URL",
                open.origin().toString(),
                "TOOLWRIGHT_MODEL_ALIASES",
                "fast=azure/small"));
    echo = name("echo");
    platform.tool(
        platform.ada, function(echo, "def run(parameters, context):\n    return parameters\n"));
  }

  private static ScriptedModel server(String key, boolean streams) {
    return streams ? new ScriptedModel(0, key) : ScriptedModel.withoutStreams(key);
  }

  static List<String> models() {
    return MODELS;
  }

  @AfterParameterizedClassInvocation
  static void close() {
    platform.close();
    keyed.close();
    open.close();
  }

  private static String agent(String model) {
    var body = Json.object().put("name", "Tester").put("instructions", "Do as you are told.");
    body.put("model", model).putArray("tools").add(echo);
    return platform.post(platform.ada, "/agents/create", body).as(200).path("agent_id").asString();
  }

  private static JsonNode result(String agent, String script) {
    var job = platform.ended(platform.ada, agent, script);
    assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
    return job.path("result");
  }

  private static String response(String agent, String script) {
    return result(agent, script).path("response").asString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gpt-4o", "claude-x", "anthropic/claude-y", "azure/chat", "fast", "ollama/llama3"})
  void a_job_runs_to_its_end_whatever_its_model_does(String model) {
    var agent = agent(model);
    var result =
        result(
            agent,
            "CALL %s {\"n\": 1}\nCALL %s {\"n\": 2}\n---\nMALFORMED %s\n---\nUNKNOWN_TOOL none\n---\nSAY <<tool_result:%s>>"
                .formatted(echo, echo, echo, echo));
    assertThat(result.path("tool_calls"))
        .extracting(call -> call.path("success").asBoolean())
        .containsExactly(true, true, false, false);
    var provider =
        switch (model) {
          case "gpt-4o" -> "openai";
          case "ollama/llama3" -> "ollama";
          case "azure/chat", "fast" -> "azure";
          default -> "anthropic";
        };
    assertThat(result.path("provider").asString()).isEqualTo(provider);
    assertThat(response(agent, "ERROR 500 - 1\nSAY after an error")).isEqualTo("after an error");
    assertThat(response(agent, "ERROR 429 0 1\nSAY after a limit")).isEqualTo("after a limit");
    assertThat(response(agent, "DROP 1\nSAY after a drop")).isEqualTo("after a drop");
    assertThat(response(agent, "BADJSON 1\nSAY after nonsense")).isEqualTo("after nonsense");
    assertThat(response(agent, "EMPTY 1\nSAY after nothing")).isEqualTo("after nothing");
    assertThat(response(agent, "CUT 1\nSAY after a cut")).isEqualTo("after a cut");
    assertThat(response(agent, "END 1\nSAY after half of it")).isEqualTo("after half of it");
    assertThat(response(agent, "BREAK 529 1\nSAY after a break")).isEqualTo("after a break");
    assertThat(response(agent, "LENGTH")).contains("No directive is left");
    assertThat(result(agent, "REFUSE I will not.").path("refused").asBoolean()).isTrue();
    assertThat(result(agent, "FILTER").path("refused").asBoolean()).isTrue();
  }

  private static List<ScriptedModel.LoggedRequest> asked(String mark) {
    return Stream.of(platform.model, keyed, open)
        .flatMap(server -> server.requests().stream())
        .filter(request -> request.body().path("messages").toString().contains(mark))
        .toList();
  }

  private boolean isTaken(ScriptedModel.LoggedRequest request) {
    return !azure.equals("2023-05-15")
        || !request.path().startsWith("/openai/")
        || !request.body().has("stream_options");
  }

  @ParameterizedTest
  @MethodSource("models")
  void a_job_whose_model_hangs_is_cancelled(String model) {
    for (var fault : List.of("HANG", "STALL")) {
      var mark = name("hang");
      var job = platform.execute(platform.ada, agent(model), fault + "\nSAY " + mark);
      await().until(() -> !asked(mark).isEmpty());
      platform.post(platform.ada, "/agents/status/" + job + "/cancel", Json.object()).as(200);
      platform.until(platform.ada, job, "cancelled");
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void a_model_whose_answers_all_break_off_fails_the_job_and_none_is_carried_out(String model) {
    var calls = platform.one("select count(*) from call", Long.class);
    var agent = agent(model);
    var jobs = new HashMap<String, String>();
    for (var fault : List.of("CUT", "END")) {
      var mark = name("broken");
      var script = fault + "\nCALL %s {\"n\": \"%s\"}\nCALL %s {}".formatted(echo, mark, echo);
      jobs.put(mark, platform.execute(platform.ada, agent, script));
    }
    jobs.forEach((mark, job) -> {
      var failed = platform.until(platform.ada, job, "failed");
      assertThat(failed.path("error_type").asString()).isEqualTo("model_error");
      // An old Azure is asked once more, without the usage it does not know.
      assertThat(asked(mark).stream().filter(this::isTaken))
          .as("once and three times more")
          .hasSize(4);
    });
    assertThat(platform.one("select count(*) from call", Long.class)).isEqualTo(calls);
  }

  @ParameterizedTest
  @MethodSource("models")
  void a_long_rate_limit_lets_the_job_wait(String model) {
    var mark = name("limit");
    var job = platform.execute(platform.ada, agent(model), "ERROR 429 120 1\nSAY " + mark);
    var waiting = platform.until(platform.ada, job, "waiting");
    assertThat(waiting.path("waiting").get(0).path("reason").asString()).isEqualTo("limit");
    platform.sql(
        "update run set due_at = now() where id = '%s'".formatted(job.replace("job_", "run_")));
    assertThat(
            platform
                .until(platform.ada, job, "completed")
                .path("result")
                .path("response")
                .asString())
        .isEqualTo(mark);
  }

  @ParameterizedTest
  @MethodSource("models")
  void a_model_that_fails_for_good_fails_the_job_with_a_sentence(String model) {
    var job = platform.ended(platform.ada, agent(model), "ERROR 404");
    assertThat(job.path("status").asString()).isEqualTo("failed");
    assertThat(job.path("error_type").asString()).isEqualTo("model_error");
    assertThat(job.path("error_message").asString()).contains("TOOLWRIGHT_MODEL_ALIASES");
  }
}
