package dev.toolwright.agent;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What an agent makes of a tool whose results are too large for it.
@SuppressWarnings("NullAway.Init")
class ArtifactsInRunsTest {
  private static final String END = "the very end";
  private static TestPlatform platform;
  private static String big;
  private static String agent;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    big = name("big");
    platform.tool(
        platform.ada,
        function(
            big,
            "def run(parameters, context):\n    return 'begun ' + 'x' * 500000 + '%s'\n"
                .replace("\\\n", "\n")
                .formatted(END)));
    agent = platform.agent(platform.ada, big);
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static JsonNode completed(String script) {
    var job = platform.ended(platform.ada, agent, script);
    assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
    return job;
  }

  /// What the model was sent in the conversation that holds `mark`, request by request.
  private static List<JsonNode> asked(String mark) {
    return platform.model.requests().stream()
        .map(request -> request.body())
        .filter(body -> body.path("messages").toString().contains(mark))
        .toList();
  }

  private static List<String> offered(JsonNode request) {
    return IntStream.range(0, request.path("tools").size())
        .mapToObj(i -> request.path("tools").get(i).path("function").path("name").asString())
        .toList();
  }

  @Test
  void the_model_the_events_and_the_result_see_the_preview_and_the_user_has_the_whole() {
    var job = completed("CALL " + big + " {}\n---\nSAY seen by mark-1");
    var requests = asked("mark-1");
    assertThat(requests).hasSize(2);
    assertThat(requests.getLast().toString())
        .contains("begun xxx", "read_more", "size_bytes")
        .doesNotContain(END);
    assertThat(requests.getLast().toString().length()).isLessThan(10_000);
    var shown = job.path("result").path("tool_calls").get(0).path("result");
    assertThat(shown.path("size_bytes").asInt()).isEqualTo(500_006 + END.length());
    var id = job.path("job_id").asString();
    var events = platform.get(platform.ada, "/agents/status/" + id + "/events").text();
    assertThat(events).contains(shown.path("artifact_id").asString()).doesNotContain(END);
    var whole = platform.get(platform.ada, shown.path("url").asString());
    assertThat(whole.text()).hasSize(500_006 + END.length()).endsWith(END);
    var metadata = platform.get(platform.ada, shown.path("url").asString() + "/metadata").as(200);
    assertThat(metadata.path("job_id").asString()).isEqualTo(id);
    assertThat(platform.one("select max(length(result::text)) from run_step", Integer.class))
        .isLessThan(10_000);
  }

  @Test
  void from_then_on_the_model_is_offered_the_reader() {
    completed("CALL " + big + " {}\n---\nSAY mark-2");
    var requests = asked("mark-2");
    assertThat(offered(requests.get(0))).containsExactly(big);
    assertThat(offered(requests.get(1))).containsExactly(big, "read_artifact");
  }

  @Test
  void a_handle_that_a_model_passes_on_reads_on() {
    var body =
        Json.object().put("name", "Reader").put("instructions", "Read.").put("model", "rehearsal");
    body.putArray("tools").add(big);
    var reader =
        platform.post(platform.ada, "/agents/create", body).as(200).path("agent_id").asString();
    var job =
        platform.ended(
            platform.ada,
            reader,
            "CALL "
                + big
                + " {}\n---\nCALL read_artifact <<last_tool_result>>\n---\nSAY <<last_tool_result>>");
    var read = Json.stored(job.path("result").path("response").asString());
    assertThat(read.path("text").asString()).startsWith("begun xxx").hasSize(8_000);
    assertThat(read.path("next_offset").asInt()).isEqualTo(8_000);
  }

  @Test
  void many_large_results_fit_into_one_job() {
    var calls =
        String.join("\n", IntStream.range(0, 20).mapToObj(_ -> "CALL " + big + " {}").toList());
    var job = completed(calls + "\n---\nSAY done");
    assertThat(job.path("result").path("tool_calls"))
        .hasSize(20)
        .allMatch(call -> call.path("success").asBoolean());
  }
}
