package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.egress.Egress;
import dev.toolwright.json.Json;
import dev.toolwright.testing.ScriptedModel;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What every provider may do to an answer that comes as a stream, and what it is taken for.
@Timeout(30)
@ParameterizedClass
@EnumSource
@SuppressWarnings("NullAway.Init")
class StreamedAnswersTest {
  private static final String CALLS =
      "CALL add {\"a\": 1}\nCALL add {\"a\": 2, \"b\": \"zwölf 😀\"}\n";
  private static final String KEY = "provider-key";

  /// Who is asked, and how.
  @SuppressWarnings("ImmutableEnumChecker") // names and values, never changed
  enum Asked {
    OPENAI("OPENAI_API_KEY", KEY, "OPENAI_BASE_URL", "/v1"),
    AZURE_BY_DEPLOYMENT(
        "AZURE_OPENAI_API_KEY",
        KEY,
        "AZURE_OPENAI_ENDPOINT",
        "",
        "AZURE_OPENAI_API_VERSION",
        "2024-10-21"),
    OLD_AZURE(
        "AZURE_OPENAI_API_KEY",
        KEY,
        "AZURE_OPENAI_ENDPOINT",
        "",
        "AZURE_OPENAI_API_VERSION",
        "2023-05-15"),
    UNIFIED_AZURE("AZURE_OPENAI_API_KEY", KEY, "AZURE_OPENAI_ENDPOINT", ""),
    ANTHROPIC("ANTHROPIC_API_KEY", KEY, "ANTHROPIC_BASE_URL", ""),
    OLLAMA("OLLAMA_BASE_URL", "");

    private final String[] settings;

    Asked(String... settings) {
      this.settings = settings;
    }

    ScriptedModel server() {
      return this == OLLAMA ? ScriptedModel.ollama() : new ScriptedModel(0, KEY);
    }

    ChatModel model(ScriptedModel server, Egress egress) {
      var variables = new HashMap<String, String>();
      for (var i = 0; i < settings.length; i += 2) {
        var isAddress = settings[i].endsWith("URL") || settings[i].endsWith("ENDPOINT");
        variables.put(settings[i], (isAddress ? server.origin().toString() : "") + settings[i + 1]);
      }
      return new Models(new ModelSettings(variables, Map.of()), egress::stream, Clock.systemUTC())
          .resolve(this == ANTHROPIC ? "claude-x" : "gpt-4o")
          .model();
    }

    /// Whether the usage can be told at the end of a stream.
    boolean tellsUsage() {
      return this != OLD_AZURE;
    }
  }

  @Parameter private Asked asked;
  private final Egress egress = Loopback.open();
  private ScriptedModel server;
  private ChatModel model;
  private Conversation conversation;

  @BeforeEach
  void open() {
    server = asked.server();
    model = asked.model(server, egress);
    conversation = new Conversation(model);
  }

  @AfterEach
  void close() {
    egress.close();
    server.close();
  }

  @Test
  void text_and_parallel_calls_come_together_from_their_pieces() throws Exception {
    var reply = conversation.user(CALLS + "USAGE 11 7\nSAY grüße 😀😀 an alle").answered();

    assertThat(reply.text()).isEqualTo("grüße 😀😀 an alle");
    assertThat(conversation.heard()).isEqualTo(reply.text());
    assertThat(reply.toolUses()).extracting(ToolUse::name).containsExactly("add", "add");
    assertThat(reply.toolUses()).extracting(ToolUse::id).doesNotHaveDuplicates();
    assertThat(reply.toolUses())
        .extracting(use -> Json.stored(use.arguments()))
        .containsExactly(Json.stored("{\"a\":1}"), Json.stored("{\"a\":2,\"b\":\"zwölf 😀\"}"));
    assertThat(reply.usage()).isEqualTo(asked.tellsUsage() ? new Usage(11, 7, 18) : Usage.NONE);
    assertThat(reply.truncated()).isFalse();
    assertThat(reply.model()).isEqualTo("gpt-4o");
  }

  @Test
  void an_answer_that_comes_whole_all_the_same_is_understood() throws Exception {
    var reply = conversation.user(CALLS + "USAGE 11 7\nWHOLE\nSAY hi").answered();

    assertThat(reply.text()).isEqualTo("hi");
    assertThat(reply.toolUses()).hasSize(2);
    assertThat(reply.usage()).isEqualTo(new Usage(11, 7, 18));
  }

  @ParameterizedTest
  @ValueSource(strings = {"CUT 1", "END 1"})
  void an_answer_that_breaks_off_is_none(String fault) throws Exception {
    var reply = conversation.user(fault + "\n" + CALLS + "SAY back and whole").reply();

    assertThat(reply).isInstanceOf(ChatReply.Malformed.class);
    assertThat(((ChatReply.Malformed) reply).message()).contains("breaks off");
    assertThat(conversation.answered().toolUses()).hasSize(2);
  }

  @Test
  void an_answer_that_stalls_times_out_at_the_longest_silence() throws Exception {
    var request =
        silent(conversation.user("STALL\nSAY a long enough text"), Duration.ofMillis(300));
    var started = System.nanoTime();

    assertThat(model.reply(request, _ -> {})).asString().contains("kind=timeout");
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void headers_that_never_come_time_out_at_the_longest_silence() throws Exception {
    var request = silent(conversation.user("HANG"), Duration.ofMillis(300));

    assertThat(model.reply(request, _ -> {})).asString().contains("kind=timeout");
  }

  @Test
  void a_stream_that_trickles_on_ends_with_its_time() throws Exception {
    var request =
        conversation
            .user("PACE 50\nSAY " + "never ending ".repeat(100))
            .request(0.7, Duration.ofMillis(600));

    assertThat(model.reply(request, _ -> {})).asString().contains("kind=timeout");
  }

  @Test
  void a_stream_may_last_longer_than_the_longest_silence() throws Exception {
    var request = silent(conversation.user("PACE 60\nSAY slow and steady"), Duration.ofMillis(250));

    assertThat(model.reply(request, _ -> {}))
        .isInstanceOfSatisfying(
            ChatReply.Answered.class, a -> assertThat(a.text()).isEqualTo("slow and steady"));
  }

  private static ChatRequest silent(Conversation conversation, Duration silence) {
    var request = conversation.request(0.7, Duration.ofSeconds(20));
    return new ChatRequest(
        request.model(),
        request.instructions(),
        request.messages(),
        request.tools(),
        request.temperature(),
        request.timeout(),
        silence,
        request.idempotencyKey());
  }

  @Test
  void an_error_within_a_stream_is_the_providers_fault() throws Exception {
    assertThat(conversation.user("BREAK 529\nSAY a long enough text").reply())
        .isInstanceOf(ChatReply.Unavailable.class);
    assertThat(new Conversation(model).user("BREAK 400\nSAY a long enough text").reply())
        .isInstanceOf(ChatReply.Rejected.class)
        .asString()
        .contains("Scripted error");
  }

  @Test
  void an_event_that_is_no_json_or_is_missing_makes_no_answer() throws Exception {
    assertThat(conversation.user("BADJSON\n" + CALLS + "SAY x").reply())
        .isInstanceOf(ChatReply.Malformed.class);
    assertThat(new Conversation(model).user("EMPTY").reply())
        .isInstanceOf(ChatReply.Malformed.class);
  }

  @Test
  void a_refusal_a_filter_and_a_length_limit_are_what_they_are_elsewhere() throws Exception {
    assertThat(conversation.user("REFUSE I would rather not").reply())
        .isInstanceOf(ChatReply.Refused.class);
    assertThat(new Conversation(model).user("FILTER").reply())
        .isInstanceOf(ChatReply.Refused.class);
    assertThat(new Conversation(model).user("LENGTH").answered().truncated()).isTrue();
    assertThat(new Conversation(model).user("MALFORMED add").answered().toolUses().getFirst())
        .extracting(ToolUse::arguments)
        .isEqualTo("{\"broken\": ");
  }

  @Test
  void a_rate_limit_comes_before_the_stream() throws Exception {
    assertThat(conversation.user("ERROR 429 7 1\nSAY through").reply())
        .isEqualTo(
            new ChatReply.Unavailable(
                "The model provider cannot answer now (status 429)",
                Duration.ofSeconds(7),
                "rate_limited"));
    assertThat(conversation.answered().text()).isEqualTo("through");
  }

  @Test
  void a_connection_is_used_again_after_a_stream() throws Exception {
    var text = "SAY one";
    for (var i = 0; i < 3; i++) {
      var _ = new Conversation(model).user(text).answered();
    }

    assertThat(server.requests().stream().map(ScriptedModel.LoggedRequest::connection).distinct())
        .hasSize(1);
  }

  @Test
  void what_is_refused_is_left_out_and_remembered() throws Exception {
    if (asked == Asked.ANTHROPIC) {
      // It streams to everybody.
      return;
    }
    assertThat(conversation.user("REFUSES stream\nREFUSES temperature\nSAY fine").answered().text())
        .isEqualTo("fine");
    server.reset();
    assertThat(new Conversation(model).user("SAY again").answered().text()).isEqualTo("again");
    assertThat(server.requests())
        .singleElement()
        .satisfies(request -> {
          assertThat(request.body().has("stream")).isFalse();
          assertThat(request.body().has("stream_options")).isFalse();
          assertThat(request.body().has("temperature")).isFalse();
        });
  }
}
