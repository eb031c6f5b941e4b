package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.egress.Egress;
import dev.toolwright.json.Json;
import dev.toolwright.testing.ScriptedModel;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/// The client against a strict provider: what goes out is checked by the provider's rules. The same
/// holds when it answers whole though it was asked for a stream.
@ParameterizedClass(name = "streams={0}")
@ValueSource(booleans = {true, false})
class OpenAiModelTest {
  private static final String KEY = "sk-test-1234567890";

  private final Egress egress = Loopback.open();
  private final ScriptedModel provider;
  private final Conversation conversation;

  OpenAiModelTest(boolean streams) {
    provider = streams ? new ScriptedModel(0, KEY) : ScriptedModel.withoutStreams(KEY);
    conversation = new Conversation(model(KEY, provider.baseUrl()));
  }

  private ChatModel model(String key, URI baseUrl) {
    var settings =
        new ModelSettings(
            Map.of("OPENAI_API_KEY", key, "OPENAI_BASE_URL", baseUrl.toString()), Map.of());
    return new Models(settings, egress::stream, Clock.systemUTC()).resolve("gpt-4o").model();
  }

  @AfterEach
  void close() {
    egress.close();
    provider.close();
  }

  @Test
  void a_conversation_with_tools_runs_to_its_end() throws Exception {
    var calls =
        conversation
            .user(
                """
                CALL add {"a": 1, "b": 2}
                CALL add {"a": 3, "b": 4}
                USAGE 11 7
                ---
                SAY <<last_tool_result>>
                """)
            .answered();
    var said = conversation.answer("3", "7").answered();

    assertThat(calls.toolUses()).extracting(ToolUse::name).containsExactly("add", "add");
    assertThat(calls.toolUses()).extracting(ToolUse::id).doesNotHaveDuplicates();
    assertThat(calls.toolUses().getFirst().arguments()).isEqualTo("{\"a\": 1, \"b\": 2}");
    assertThat(calls.usage()).isEqualTo(new Usage(11, 7, 18));
    assertThat(calls.model()).isEqualTo("gpt-4o");
    assertThat(calls.provider()).isEqualTo("openai");
    assertThat(said.text()).isEqualTo("7");
    assertThat(said.truncated()).isFalse();
  }

  @Test
  void the_request_is_what_the_provider_knows() throws Exception {
    var _ = conversation.user("SAY hi").answered();

    var request = provider.requests().getFirst();
    assertThat(request.headers())
        .containsEntry("idempotency-key", "run_1/2")
        .containsEntry("authorization", "Bearer ***")
        .containsEntry("content-type", "application/json");
    assertThat(request.body())
        .isEqualTo(
            Json.parse(
                """
                {"model":"gpt-4o",
                 "messages":[{"role":"system","content":"You add numbers."},
                             {"role":"user","content":"SAY hi"}],
                 "tools":[{"type":"function","function":{"name":"add",
                   "description":"Adds two numbers","parameters":%s}}],
                 "tool_choice":"auto","temperature":0.7,
                 "stream":true,"stream_options":{"include_usage":true}}
                """
                    .formatted(Conversation.ADD.parametersSchema())));
  }

  @Test
  void without_tools_there_is_no_tool_choice() throws Exception {
    assertThat(conversation.tools().user("SAY hi").answered().text()).isEqualTo("hi");
    assertThat(provider.requests().getFirst().body().has("tool_choice")).isFalse();
  }

  @Test
  void tool_names_are_fitted_and_mapped_back() throws Exception {
    var odd = new ToolSpec("files.read it", "", Conversation.ADD.parametersSchema());

    var call = conversation.tools(odd).user("CALL files_read_it {}\n---\nSAY ok").answered();

    assertThat(call.toolUses().getFirst().name()).isEqualTo("files.read it");
    assertThat(conversation.answer("1").answered().text()).isEqualTo("ok");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'type':'object'}",
        "{'anyOf':[{'required':['a']},{'required':['b']}]}",
        "{'type':'object','properties':{'a':{}},'not':{'required':['a']},'enum':[{}]}"
      })
  void schemas_the_provider_would_refuse_are_fitted(String schema) throws Exception {
    var tool = new ToolSpec("t", "", (ObjectNode) Json.parse(schema.replace('\'', '"')));

    assertThat(conversation.tools(tool).user("SAY fine").answered().text()).isEqualTo("fine");
  }

  @Test
  void a_malformed_call_is_handed_over_and_does_not_spoil_the_conversation() throws Exception {
    var call = conversation.user("MALFORMED add\n---\nSAY repaired").answered();

    assertThat(call.toolUses().getFirst().arguments()).isEqualTo("{\"broken\": ");
    assertThat(conversation.answer("no JSON").answered().text()).isEqualTo("repaired");
  }

  @Test
  void an_unknown_tool_is_handed_over() throws Exception {
    assertThat(conversation.user("UNKNOWN_TOOL nothing").answered().toolUses())
        .extracting(ToolUse::name)
        .containsExactly("nothing");
  }

  @Test
  void an_answer_cut_at_the_length_limit_says_so() throws Exception {
    var reply = conversation.user("LENGTH").answered();

    assertThat(reply.truncated()).isTrue();
    assertThat(reply.toolUses()).hasSize(1);
  }

  @Test
  void refusals_and_filters_are_refusals() throws Exception {
    assertThat(conversation.user("REFUSE I would rather not\nUSAGE 5 1").reply())
        .isEqualTo(new ChatReply.Refused("I would rather not", new Usage(5, 1, 6)));
    assertThat(conversation.user("FILTER").reply()).isInstanceOf(ChatReply.Refused.class);
  }

  @ParameterizedTest
  @CsvSource({
    "408,timeout",
    "409,server_error",
    "429,rate_limited",
    "500,server_error",
    "502,server_error",
    "503,overloaded",
    "504,timeout",
    "529,overloaded"
  })
  void what_may_pass_is_unavailable(int status, String kind) throws Exception {
    var reply = conversation.user("ERROR " + status + " 1.5 1\nSAY back").reply();

    assertThat(reply)
        .isInstanceOfSatisfying(
            ChatReply.Unavailable.class,
            unavailable -> {
              assertThat(unavailable.kind()).isEqualTo(kind);
              assertThat(unavailable.retryAfter()).isEqualTo(Duration.ofMillis(1500));
              assertThat(unavailable.message()).contains(Integer.toString(status));
            });
    assertThat(provider.count()).as("no retry of its own").isEqualTo(1);
    assertThat(conversation.answered().text()).isEqualTo("back");
  }

  @ParameterizedTest
  @CsvSource({"401,OPENAI_API_KEY", "403,OPENAI_API_KEY", "404,OPENAI_BASE_URL", "400,model"})
  void what_cannot_pass_is_rejected_and_names_what_to_check(int status, String setting)
      throws Exception {
    assertThat(conversation.user("ERROR " + status).reply())
        .isInstanceOfSatisfying(
            ChatReply.Rejected.class, rejected -> assertThat(rejected.message()).contains(setting));
  }

  @Test
  void a_wrong_key_is_rejected_without_being_shown() throws Exception {
    var reply = new Conversation(model("sk-wrong-key", provider.baseUrl())).user("SAY x").reply();

    assertThat(reply)
        .isInstanceOfSatisfying(
            ChatReply.Rejected.class,
            rejected ->
                assertThat(rejected.message())
                    .contains("OPENAI_API_KEY")
                    .doesNotContain("sk-wrong-key"));
  }

  @Test
  void without_a_key_nothing_is_authorized() throws Exception {
    try (var open = new ScriptedModel()) {
      var reply = new Conversation(model("", open.baseUrl())).user("SAY open").answered();

      assertThat(reply.text()).isEqualTo("open");
      assertThat(open.requests().getFirst().headers()).doesNotContainKey("authorization");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"BADJSON", "EMPTY"})
  void a_body_that_is_no_answer_is_malformed(String directive) throws Exception {
    assertThat(conversation.user(directive + " 1\nSAY fine").reply())
        .isInstanceOf(ChatReply.Malformed.class);
    assertThat(conversation.answered().text()).isEqualTo("fine");
  }

  @Test
  void a_dropped_connection_is_unavailable() throws Exception {
    assertThat(conversation.user("DROP 1\nSAY back").reply())
        .isInstanceOfSatisfying(
            ChatReply.Unavailable.class, u -> assertThat(u.kind()).isEqualTo("dropped"));
    assertThat(conversation.answered().text()).isEqualTo("back");
  }

  @Test
  void a_provider_that_is_gone_is_unavailable() throws Exception {
    provider.close();

    assertThat(conversation.user("SAY x").reply())
        .isInstanceOfSatisfying(
            ChatReply.Unavailable.class, u -> assertThat(u.kind()).isEqualTo("dropped"));
  }

  @Test
  void a_provider_that_hangs_times_out() throws Exception {
    var request = conversation.user("HANG").request(0.7, Duration.ofMillis(200));

    assertThat(model(KEY, provider.baseUrl()).reply(request, _ -> {}))
        .isInstanceOfSatisfying(
            ChatReply.Unavailable.class, u -> assertThat(u.kind()).isEqualTo("timeout"));
  }

  @Test
  void an_interrupt_aborts_at_once() throws Exception {
    var interrupted = new CompletableFuture<Boolean>();
    var asking =
        Thread.ofVirtual()
            .start(() -> {
              try {
                var _ = conversation.user("HANG").reply();
                interrupted.complete(false);
              } catch (InterruptedException e) {
                interrupted.complete(true);
              }
            });
    while (provider.count() == 0) {
      Thread.onSpinWait();
    }
    asking.interrupt();

    assertThat(interrupted.get(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_slow_answer_is_waited_for() throws Exception {
    assertThat(conversation.user("SLOW 150\nSAY slowly").answered().text()).isEqualTo("slowly");
  }

  @Test
  void a_trailing_slash_of_the_base_url_does_not_matter() throws Exception {
    var slashed = model(KEY, URI.create(provider.baseUrl() + "/"));

    assertThat(new Conversation(slashed).user("SAY hi").answered().text()).isEqualTo("hi");
  }
}
