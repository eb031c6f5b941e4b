package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.egress.Egress;
import dev.toolwright.testing.ScriptedModel;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The client against a strict Azure, in both of its styles, and against a strict Ollama, be they
/// ones that stream or not.
@ParameterizedClass(name = "streams={0}")
@ValueSource(booleans = {true, false})
class AzureModelTest {
  private static final String DATED = "2024-10-21";

  private final Egress egress = Loopback.open();
  private final boolean streams;
  private final ScriptedModel provider;

  AzureModelTest(boolean streams) {
    this.streams = streams;
    provider =
        streams ? new ScriptedModel(0, "azure-key") : ScriptedModel.withoutStreams("azure-key");
  }

  @AfterEach
  void close() {
    egress.close();
    provider.close();
  }

  private ChatModel model(String path, @Nullable String version, String key) {
    var variables = new HashMap<String, String>();
    variables.put("AZURE_OPENAI_API_KEY", key);
    variables.put("AZURE_OPENAI_ENDPOINT", provider.origin() + path);
    if (version != null) {
      variables.put("AZURE_OPENAI_API_VERSION", version);
    }
    return new Models(new ModelSettings(variables, Map.of()), egress::stream, Clock.systemUTC())
        .resolve("gpt-4o")
        .model();
  }

  private Conversation azure() {
    return new Conversation(model("", DATED, "azure-key"));
  }

  @ParameterizedTest
  @CsvSource({
    "'',2024-10-21,/openai/deployments/gpt-4o/chat/completions",
    "/,2025-04-01-preview,/openai/deployments/gpt-4o/chat/completions",
    "/openai,2024-10-21,/openai/deployments/gpt-4o/chat/completions",
    "'',,/openai/v1/chat/completions",
    "/openai/,v1,/openai/v1/chat/completions",
    "'',preview,/openai/v1/chat/completions",
    "/openai/v1/,2024-10-21,/openai/v1/chat/completions"
  })
  void both_styles_of_address_are_spoken(String path, @Nullable String version, String asked)
      throws Exception {
    var reply = new Conversation(model(path, version, "azure-key")).user("SAY hi").answered();

    assertThat(reply.text()).isEqualTo("hi");
    assertThat(reply.provider()).isEqualTo("azure");
    var request = provider.requests().getFirst();
    assertThat(request.path()).isEqualTo(asked);
    assertThat(request.headers())
        .containsEntry("api-key", "***")
        .doesNotContainKey("authorization");
  }

  @Test
  void a_conversation_with_tools_runs_to_its_end() throws Exception {
    var azure = azure();
    var calls =
        azure
            .user(
                "CALL add {\"a\":1}\nCALL add {\"a\":2}\nUSAGE 1 2\n---\nSAY <<last_tool_result>>")
            .answered();

    assertThat(calls.toolUses()).extracting(ToolUse::name).containsExactly("add", "add");
    assertThat(calls.usage()).isEqualTo(new Usage(1, 2, 3));
    assertThat(azure.answer("3", "7").answered().text()).isEqualTo("7");
  }

  @Test
  void a_filtered_request_is_a_refusal() throws Exception {
    assertThat(azure().user("FILTER").reply()).isInstanceOf(ChatReply.Refused.class);
    assertThat(azure().user("REFUSE no").reply())
        .isInstanceOfSatisfying(
            ChatReply.Refused.class, refused -> assertThat(refused.text()).isEqualTo("no"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "../x", "..", "a?b", "%2e%2e"})
  void a_name_that_is_no_deployments_is_not_sent(String name) throws Exception {
    var request =
        new ChatRequest(
            name,
            "",
            List.of(new ChatMessage.User("SAY x")),
            List.of(),
            null,
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            "run_1/2");

    assertThat(model("", DATED, "azure-key").reply(request, _ -> {}))
        .isInstanceOf(ChatReply.Rejected.class)
        .asString()
        .contains("AZURE_OPENAI_ENDPOINT");
    assertThat(provider.count()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"401,AZURE_OPENAI_API_KEY", "404,deployment", "400,model"})
  void what_cannot_pass_is_rejected_and_names_what_to_check(int status, String told)
      throws Exception {
    assertThat(azure().user("ERROR " + status).reply())
        .isInstanceOf(ChatReply.Rejected.class)
        .asString()
        .contains(told);
  }

  @Test
  void a_wrong_key_is_rejected_without_being_shown() throws Exception {
    assertThat(new Conversation(model("", DATED, "wrong-key")).user("SAY x").reply())
        .isInstanceOf(ChatReply.Rejected.class)
        .asString()
        .contains("AZURE_OPENAI_API_KEY")
        .doesNotContain("wrong-key");
  }

  @Test
  void faults_have_the_same_meaning_as_elsewhere() throws Exception {
    assertThat(azure().user("ERROR 429 2 1").reply())
        .isEqualTo(
            new ChatReply.Unavailable(
                "The model provider cannot answer now (status 429)",
                Duration.ofSeconds(2),
                "rate_limited"));
    assertThat(azure().user("BADJSON").reply()).isInstanceOf(ChatReply.Malformed.class);
    assertThat(azure().user("EMPTY").reply()).isInstanceOf(ChatReply.Malformed.class);
    assertThat(azure().user("LENGTH").answered().truncated()).isTrue();
    assertThat(azure().user("DROP").reply()).asString().contains("kind=dropped");
    var hanging = azure().user("HANG").request(0.7, Duration.ofMillis(200));
    assertThat(model("", DATED, "azure-key").reply(hanging, _ -> {}))
        .asString()
        .contains("kind=timeout");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "/v1", "/v1/"})
  void an_ollama_is_asked_at_its_compatible_side_without_a_key(String path) throws Exception {
    try (var open = streams ? ScriptedModel.ollama() : ScriptedModel.withoutStreams(null)) {
      var settings = new ModelSettings(Map.of("OLLAMA_BASE_URL", open.origin() + path), Map.of());
      var ollama =
          new Models(settings, egress::stream, Clock.systemUTC()).resolve("llama3").model();

      assertThat(new Conversation(ollama).user("SAY hi").answered().provider()).isEqualTo("ollama");
      assertThat(open.requests().getFirst().path()).isEqualTo("/v1/chat/completions");
      assertThat(open.requests().getFirst().headers()).doesNotContainKey("authorization");
    }
  }
}
