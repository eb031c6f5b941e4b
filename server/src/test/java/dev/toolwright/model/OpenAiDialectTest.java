package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.egress.BodyReader;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Answers as compatible servers give them, word for word.
class OpenAiDialectTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-20T09:00:00Z"), ZoneOffset.UTC);

  private List<EgressRequest> sent = List.of();

  private Conversation answering(EgressResponse... responses) {
    var http = new Canned(responses);
    sent = http.sent;
    return conversation(http);
  }

  private static Conversation conversation(Http http) {
    var settings =
        new ModelSettings(
            Map.of(
                "OPENAI_API_KEY", "sk-secret", "OPENAI_BASE_URL", "https://models.example/v1?v=2"),
            Map.of());
    return new Conversation(new Models(settings, http, CLOCK).resolve("gpt-4o").model()).user("hi");
  }

  private static EgressResponse response(int status, String body) {
    return new EgressResponse(status, Map.of(), body.getBytes(StandardCharsets.UTF_8));
  }

  private static EgressResponse message(String message, @Nullable String finish) {
    return response(
        200,
        "{\"choices\":[{\"message\":%s,\"finish_reason\":%s}]}"
            .formatted(message, Json.write(finish)));
  }

  @Test
  void missing_parts_of_an_answer_are_made_up_for() throws Exception {
    var reply = answering(message("{\"content\":\"hello\"}", null)).answered();

    assertThat(reply)
        .isEqualTo(
            new ChatReply.Answered("hello", List.of(), Usage.NONE, false, "gpt-4o", "openai"));
  }

  @Test
  void the_model_that_really_ran_is_told() throws Exception {
    var reply =
        answering(
                response(
                    200,
                    """
                    {"model":"gpt-4o-2026","choices":[{"message":{"content":null}}],
                     "usage":{"prompt_tokens":3,"completion_tokens":4}}
                    """))
            .answered();

    assertThat(reply.model()).isEqualTo("gpt-4o-2026");
    assertThat(reply.text()).isNull();
    assertThat(reply.usage()).isEqualTo(new Usage(3, 4, 7));
  }

  @Test
  void content_in_parts_is_put_together() throws Exception {
    var parts =
        "{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}";

    assertThat(answering(message(parts, "stop")).answered().text()).isEqualTo("ab");
  }

  @Test
  void missing_and_repeated_ids_become_distinct() throws Exception {
    var reply =
        answering(
                message(
                    """
                    {"tool_calls":[
                      {"id":"","function":{"name":"a","arguments":""}},
                      {"function":{"name":"b","arguments":{"x":1}}},
                      {"id":"same","function":{"name":"c"}},
                      {"id":"same","function":{"name":"d","arguments":"{}"}}]}
                    """,
                    "stop"))
            .answered();

    assertThat(reply.toolUses())
        .containsExactly(
            new ToolUse("call_1", "a", "{}"),
            new ToolUse("call_2", "b", "{\"x\":1}"),
            new ToolUse("same", "c", "{}"),
            new ToolUse("same_2", "d", "{}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"content\":null}                                  | tool_calls",
        "{\"tool_calls\":[]}                                 | tool_calls",
        "{\"tool_calls\":[{\"id\":\"1\",\"function\":{}}]}   | tool_calls",
        "{\"tool_calls\":[{\"id\":\"1\"}]}                   | stop",
        "\"text\"                                            | stop"
      })
  void an_answer_that_would_need_a_guess_is_malformed(String message, String finish)
      throws Exception {
    assertThat(answering(message(message, finish)).reply()).isInstanceOf(ChatReply.Malformed.class);
  }

  @Test
  void a_page_instead_of_json_is_malformed() throws Exception {
    assertThat(answering(response(200, "<html>")).reply()).isInstanceOf(ChatReply.Malformed.class);
    assertThat(answering(response(200, "")).reply()).isInstanceOf(ChatReply.Malformed.class);
  }

  @Test
  void a_fault_inside_status_200_is_a_fault() throws Exception {
    assertThat(answering(response(200, "{\"error\":{\"code\":429,\"message\":\"x\"}}")).reply())
        .isInstanceOfSatisfying(
            ChatReply.Unavailable.class, u -> assertThat(u.kind()).isEqualTo("rate_limited"));
  }

  @Test
  void a_used_up_quota_is_not_worth_repeating() throws Exception {
    assertThat(answering(response(429, "{\"error\":{\"code\":\"insufficient_quota\"}}")).reply())
        .isInstanceOfSatisfying(
            ChatReply.Rejected.class, r -> assertThat(r.message()).contains("quota"));
  }

  @Test
  void a_filtered_request_is_a_refusal() throws Exception {
    assertThat(answering(response(400, "{\"error\":{\"code\":\"content_filter\"}}")).reply())
        .isInstanceOf(ChatReply.Refused.class);
  }

  @Test
  void the_providers_sentence_is_shown_short_and_without_keys() throws Exception {
    var body =
        Json.object()
            .set(
                "error",
                Json.object()
                    .put("message", "Bad\n\u0007 sk-secret or sk-other*** at " + "x".repeat(500)));

    assertThat(answering(response(400, body.toString())).reply())
        .isInstanceOfSatisfying(
            ChatReply.Rejected.class,
            rejected ->
                assertThat(rejected.message())
                    .contains("It says: Bad *** or *** at xxx")
                    .doesNotContain("sk-", "\n")
                    .hasSizeLessThan(450));
  }

  @Test
  void a_model_that_takes_no_temperature_is_asked_without_one() throws Exception {
    var refusal =
        response(400, "{\"error\":{\"param\":\"temperature\",\"code\":\"unsupported_value\"}}");
    var fine = message("{\"content\":\"ok\"}", "stop");
    var conversation = answering(refusal, fine, fine);

    assertThat(conversation.answered().text()).isEqualTo("ok");
    assertThat(conversation.user("again").answered().text()).isEqualTo("ok");

    assertThat(sent)
        .extracting(
            request -> Json.parse(Objects.requireNonNull(request.body())).has("temperature"))
        .containsExactly(true, false, false);
    assertThat(sent)
        .extracting(request -> request.headers().get("Idempotency-Key"))
        .as("another body has another key")
        .containsExactly("run_1/2", "run_1/2-without-temperature", "run_1/2-without-temperature");
  }

  @Test
  void the_base_urls_query_is_kept() throws Exception {
    var _ = answering(message("{\"content\":\"ok\"}", "stop")).answered();

    assertThat(sent.getFirst().uri())
        .isEqualTo(URI.create("https://models.example/v1/chat/completions?v=2"));
    assertThat(sent.getFirst().maxResponseBytes()).isEqualTo(64 << 20);
  }

  @ParameterizedTest
  @EnumSource
  void every_failure_on_the_way_out_has_its_meaning(EgressException.Kind kind) throws Exception {
    var reply =
        conversation(
                new Http() {
                  @Override
                  public <T> T stream(EgressRequest request, Duration silence, BodyReader<T> reader)
                      throws EgressException {
                    throw new EgressException(kind, "internal", true);
                  }
                })
            .reply();

    switch (kind) {
      case DENIED ->
          assertThat(reply)
              .isInstanceOf(ChatReply.Rejected.class)
              .asString()
              .contains("OPENAI_BASE_URL", "TOOLWRIGHT_EGRESS_ALLOW");
      case TIMEOUT -> assertThat(reply).asString().contains("kind=timeout");
      case BROKEN, UNREACHABLE -> assertThat(reply).asString().contains("kind=dropped");
      case TOO_LARGE -> assertThat(reply).isInstanceOf(ChatReply.Malformed.class);
    }
    assertThat(reply).asString().doesNotContain("internal");
  }

  @ParameterizedTest
  @CsvSource({
    "retry-after,3,PT3S",
    "retry-after,0.25,PT0.25S",
    "retry-after,-4,PT0S",
    "retry-after,'Fri, 20 Nov 2026 09:01:30 GMT',PT1M30S",
    "retry-after,'Fri, 20 Nov 2026 08:00:00 GMT',PT0S",
    "retry-after,999999999999999999999,PT24H",
    "retry-after,1e9999999,",
    "retry-after,soon,",
    "retry-after-ms,20,PT0.02S",
    "retry-after-ms,x,",
    "other,1,"
  })
  void a_wait_is_read_in_every_spelling(String header, String value, @Nullable Duration expected)
      throws Exception {
    var response = new EgressResponse(503, Map.of(header, List.of(value)), new byte[0]);

    assertThat(answering(response).reply())
        .isEqualTo(
            new ChatReply.Unavailable(
                "The model provider cannot answer now (status 503)", expected, "overloaded"));
  }
}
