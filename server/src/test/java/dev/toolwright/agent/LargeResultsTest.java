package dev.toolwright.agent;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Results that are large or deep are bounded where they come in, and whatever came in can be read
/// again.
@SuppressWarnings("NullAway.Init")
class LargeResultsTest {
  private static TestPlatform platform;
  private static String big;
  private static String deep;
  private static String agent;

  @BeforeAll
  static void open() {
    platform =
        new TestPlatform(
            Map.of(
                "TOOLWRIGHT_MODEL_ALIASES",
                "gpt-4o=rehearsal",
                "TOOLWRIGHT_ARTIFACT_THRESHOLD_KIB",
                "1024"));
    big = name("big");
    deep = name("deep");
    platform.tool(
        platform.ada, function(big, "def run(parameters, context):\n    return 'x' * 1000000\n"));
    platform.tool(
        platform.ada,
        function(
            deep,
            """
            def run(parameters, context):
                value = 1
                for _ in range(95):
                    value = [value]
                return value
            """));
    agent = platform.agent(platform.ada, big, deep);
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static JsonNode completed(String script) {
    var job = platform.ended(platform.ada, agent, script);
    assertThat(job.path("status").asString())
        .as(String.valueOf(job.path("error_message")))
        .isEqualTo("completed");
    return job;
  }

  @Test
  void a_job_keeps_so_much_that_is_no_artifact_and_is_told_when_it_is_enough() {
    var calls =
        String.join("\n", IntStream.range(0, 12).mapToObj(_ -> "CALL " + big + " {}").toList());
    var job = completed(calls + "\n---\nSAY done");
    var made = job.path("result").path("tool_calls");
    assertThat(made).hasSize(12);
    assertThat(made)
        .filteredOn(call -> call.path("success").asBoolean())
        .hasSizeBetween(7, 8)
        .allSatisfy(call -> {
          assertThat(call.path("result").path("characters").asInt()).isEqualTo(1_000_000);
          assertThat(call.path("result").path("preview").asString()).hasSize(2_000);
        });
    assertThat(made)
        .filteredOn(call -> !call.path("success").asBoolean())
        .extracting(call -> call.path("error_type").asString())
        .containsOnly("result_too_large");
    assertThat(Json.write(job).length()).isLessThan(100_000);
  }

  @Test
  void a_deep_result_can_be_read_in_the_status_and_in_the_events() {
    var job = completed("CALL " + deep + " {}\n---\nSAY done");
    assertThat(job.path("result").path("tool_calls").path(0).path("success").asBoolean()).isTrue();
    var id = job.path("job_id").asString();
    assertThat(platform.get(platform.ada, "/agents/status/" + id).status()).isEqualTo(200);
    assertThat(platform.get(platform.ada, "/agents/status/" + id + "/events").text())
        .contains("event: tool_result", "event: done");
  }
}
