package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.egress.Egress;
import dev.toolwright.json.Json;
import dev.toolwright.testing.ScriptedModel;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

/// The client against a strict provider of Anthropic's Messages, be it one that streams or not.
@ParameterizedClass(name = "streams={0}")
@ValueSource(booleans = {true, false})
class AnthropicModelTest {
  private static final String KEY = "sk-ant-test-1234567890";

  private final Egress egress = Loopback.open();
  private final ScriptedModel provider;
  private final Conversation conversation;

  AnthropicModelTest(boolean streams) {
    provider = streams ? new ScriptedModel(0, KEY) : ScriptedModel.withoutStreams(KEY);
    conversation = new Conversation(model(KEY, provider.origin()));
  }

  private ChatModel model(String key, URI baseUrl) {
    var settings =
        new ModelSettings(
            Map.of("ANTHROPIC_API_KEY", key, "ANTHROPIC_BASE_URL", baseUrl.toString()), Map.of());
    return new Models(settings, egress::stream, Clock.systemUTC()).resolve("claude-x").model();
  }

  @AfterEach
  void close() {
    egress.close();
    provider.close();
  }

  private static ChatRequest request(List<ToolSpec> tools, ChatMessage... messages) {
    return new ChatRequest(
        "claude-x",
        "",
        List.of(messages),
        tools,
        null,
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        "run_1/2");
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
    assertThat(Json.stored(calls.toolUses().getFirst().arguments()))
        .isEqualTo(Json.stored("{\"a\":1,\"b\":2}"));
    assertThat(calls.usage()).isEqualTo(new Usage(11, 7, 18));
    assertThat(calls.model()).isEqualTo("gpt-4o");
    assertThat(calls.provider()).isEqualTo("anthropic");
    assertThat(said.text()).isEqualTo("7");
    assertThat(said.truncated()).isFalse();
    assertThat(provider.requests().getLast().body().path("messages"))
        .as("all results are in one message")
        .hasSize(3);
  }

  @Test
  void the_request_is_what_the_provider_knows() throws Exception {
    var _ = conversation.user("SAY hi").answered();

    var request = provider.requests().getFirst();
    assertThat(request.headers())
        .containsEntry("anthropic-version", "2023-06-01")
        .containsEntry("x-api-key", "***")
        .containsEntry("content-type", "application/json")
        .doesNotContainKey("authorization");
    assertThat(request.path()).isEqualTo("/v1/messages");
    assertThat(request.body())
        .isEqualTo(
            Json.parse(
                """
                {"model":"gpt-4o","max_tokens":8192,"system":"You add numbers.",
                 "messages":[{"role":"user","content":[{"type":"text","text":"SAY hi"}]}],
                 "tools":[{"name":"add","description":"Adds two numbers","input_schema":%s}],
                 "temperature":0.7,"stream":true}
                """
                    .formatted(Conversation.ADD.parametersSchema())));
  }

  @Test
  void a_temperature_above_the_providers_highest_becomes_its_highest() throws Exception {
    var request = conversation.user("SAY hi").request(1.7, Duration.ofSeconds(10));

    assertThat(model(KEY, provider.origin()).reply(request, _ -> {}))
        .isInstanceOf(ChatReply.Answered.class);
    assertThat(provider.requests().getFirst().body().path("temperature").doubleValue()).isOne();
  }

  @Test
  void a_base_url_with_v1_is_the_same() throws Exception {
    var versioned = model(KEY, URI.create(provider.origin() + "/v1/"));

    assertThat(new Conversation(versioned).user("SAY hi").answered().text()).isEqualTo("hi");
  }

  @Test
  void names_of_tools_and_arguments_are_fitted_and_mapped_back() throws Exception {
    var schema =
        (ObjectNode)
            Json.parse(
                """
                {"type":"object","properties":{"a b":{"type":"string"},"a_b":{}},
                 "required":["a b"]}
                """);
    var odd = new ToolSpec("files.read it", "", schema);

    var call =
        conversation
            .tools(odd)
            .user("CALL files_read_it {\"a_b_2\": \"x\", \"a_b\": 1}\n---\nSAY ok")
            .answered();

    assertThat(call.toolUses().getFirst().name()).isEqualTo("files.read it");
    assertThat(Json.stored(call.toolUses().getFirst().arguments()))
        .isEqualTo(Json.stored("{\"a b\":\"x\",\"a_b\":1}"));
    assertThat(conversation.answer("1").answered().text()).isEqualTo("ok");
    var sent = provider.requests().getLast().body();
    assertThat(sent.path("tools").get(0).path("input_schema").path("required").get(0).asString())
        .isEqualTo("a_b_2");
    assertThat(sent.path("messages").get(1).path("content").get(0).path("input").has("a_b_2"))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'type':'object'}",
        "{'anyOf':[{'properties':{'a b':{}}},{'required':['b']}]}",
        "{'type':'object','properties':{'a':{}},'not':{'required':['a']},'enum':[{}]}"
      })
  void schemas_the_provider_would_refuse_are_fitted(String schema) throws Exception {
    var tool = new ToolSpec("t", "", (ObjectNode) Json.parse(schema.replace('\'', '"')));

    assertThat(conversation.tools(tool).user("SAY fine").answered().text()).isEqualTo("fine");
  }

  @Test
  void a_conversation_that_another_provider_began_is_fitted() throws Exception {
    var sameId = List.of(new ToolUse("call.1", "add", "[1]"));
    var answer = new ChatMessage.ToolAnswer("call.1", "add", "", true);
    var request =
        request(
            List.of(),
            new ChatMessage.User(" "),
            new ChatMessage.User("again"),
            new ChatMessage.Assistant(null, sameId),
            answer,
            new ChatMessage.Assistant("  ", sameId),
            answer,
            new ChatMessage.Assistant("", List.of()),
            new ChatMessage.User("SAY done"));

    assertThat(model(KEY, provider.origin()).reply(request, _ -> {}))
        .isInstanceOfSatisfying(
            ChatReply.Answered.class, a -> assertThat(a.text()).isEqualTo("done"));
  }

  @Test
  void a_malformed_call_is_handed_over_and_does_not_spoil_the_conversation() throws Exception {
    var call = conversation.user("MALFORMED add\n---\nSAY repaired").answered();

    assertThat(call.toolUses().getFirst().arguments()).isEqualTo("{\"broken\": ");
    assertThat(conversation.answer("no JSON").answered().text()).isEqualTo("repaired");
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
    "429,rate_limited",
    "500,server_error",
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
            });
    assertThat(provider.count()).as("no retry of its own").isEqualTo(1);
    assertThat(conversation.answered().text()).isEqualTo("back");
  }

  @ParameterizedTest
  @CsvSource({"401,ANTHROPIC_API_KEY", "403,ANTHROPIC_API_KEY", "404,ALIASES", "400,model"})
  void what_cannot_pass_is_rejected_and_names_what_to_check(int status, String setting)
      throws Exception {
    assertThat(conversation.user("ERROR " + status).reply())
        .isInstanceOfSatisfying(
            ChatReply.Rejected.class, rejected -> assertThat(rejected.message()).contains(setting));
  }

  @Test
  void a_wrong_key_is_rejected_without_being_shown() throws Exception {
    var reply = new Conversation(model("sk-wrong", provider.origin())).user("SAY x").reply();

    assertThat(reply)
        .isInstanceOfSatisfying(
            ChatReply.Rejected.class,
            rejected ->
                assertThat(rejected.message())
                    .contains("ANTHROPIC_API_KEY")
                    .doesNotContain("sk-wrong"));
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
    assertThat(conversation.user("DROP").reply())
        .isInstanceOfSatisfying(
            ChatReply.Unavailable.class, u -> assertThat(u.kind()).isEqualTo("dropped"));
  }

  @Test
  void a_provider_that_hangs_times_out() throws Exception {
    var request = conversation.user("HANG").request(0.7, Duration.ofMillis(200));

    assertThat(model(KEY, provider.origin()).reply(request, _ -> {}))
        .isInstanceOfSatisfying(
            ChatReply.Unavailable.class, u -> assertThat(u.kind()).isEqualTo("timeout"));
  }
}
