package dev.toolwright.agent;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import dev.toolwright.testing.ScriptedModel;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// The agent's loop with every provider, against servers as strict as theirs.
@SuppressWarnings("NullAway.Init")
class ProvidersLoopTest {
  private static ScriptedModel keyed;
  private static ScriptedModel open;
  private static TestPlatform platform;
  private static String echo;

  @BeforeAll
  static void start() {
    keyed = new ScriptedModel(0, "provider-key");
    open = new ScriptedModel();
    platform =
        new TestPlatform(
            Map.of(
                "AZURE_OPENAI_API_KEY", "provider-key",
                "AZURE_OPENAI_ENDPOINT", keyed.origin().toString(),
                "AZURE_OPENAI_API_VERSION", "2024-10-21",
                "ANTHROPIC_API_KEY", "provider-key",
                "ANTHROPIC_BASE_URL", keyed.origin().toString(),
                "OLLAMA_BASE_URL", open.origin().toString(),
                "TOOLWRIGHT_MODEL_ALIASES", "fast=azure/small"));
    echo = name("echo");
    platform.tool(
        platform.ada, function(echo, "def run(parameters, context):\n    return parameters\n"));
  }

  @AfterAll
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
  @ValueSource(strings = {"claude-x", "anthropic/claude-y", "azure/chat", "fast", "ollama/llama3"})
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
        model.contains("claude") ? "anthropic" : model.equals("ollama/llama3") ? "ollama" : "azure";
    assertThat(result.path("provider").asString()).isEqualTo(provider);
    assertThat(response(agent, "ERROR 500 - 1\nSAY after an error")).isEqualTo("after an error");
    assertThat(response(agent, "ERROR 429 0 1\nSAY after a limit")).isEqualTo("after a limit");
    assertThat(response(agent, "DROP 1\nSAY after a drop")).isEqualTo("after a drop");
    assertThat(response(agent, "BADJSON 1\nSAY after nonsense")).isEqualTo("after nonsense");
    assertThat(response(agent, "EMPTY 1\nSAY after nothing")).isEqualTo("after nothing");
    assertThat(response(agent, "LENGTH")).contains("No directive is left");
    assertThat(result(agent, "REFUSE I will not.").path("refused").asBoolean()).isTrue();
    assertThat(result(agent, "FILTER").path("refused").asBoolean()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"claude-x", "azure/chat", "ollama/llama3"})
  void a_job_whose_model_hangs_is_cancelled(String model) {
    var server = model.startsWith("ollama") ? open : keyed;
    var mark = name("hang");
    var job = platform.execute(platform.ada, agent(model), "HANG\nSAY " + mark);
    await()
        .until(() ->
            server.requests().stream()
                .anyMatch(request -> request.body().path("messages").toString().contains(mark)));
    platform.post(platform.ada, "/agents/status/" + job + "/cancel", Json.object()).as(200);
    platform.until(platform.ada, job, "cancelled");
  }

  @ParameterizedTest
  @ValueSource(strings = {"claude-x", "azure/chat", "ollama/llama3"})
  void a_model_that_fails_for_good_fails_the_job_with_a_sentence(String model) {
    var job = platform.ended(platform.ada, agent(model), "ERROR 404");
    assertThat(job.path("status").asString()).isEqualTo("failed");
    assertThat(job.path("error_type").asString()).isEqualTo("model_error");
    assertThat(job.path("error_message").asString()).contains("TOOLWRIGHT_MODEL_ALIASES");
  }
}
