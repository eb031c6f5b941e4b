package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Answers of Anthropic's Messages, word for word.
class AnthropicDialectTest {
  private List<EgressRequest> sent = List.of();

  private Conversation answering(EgressResponse... responses) {
    var http = new Canned(responses);
    sent = http.sent;
    var settings = new ModelSettings(Map.of("ANTHROPIC_API_KEY", "sk-ant-secret"), Map.of());
    var models = new Models(settings, http, Clock.systemUTC());
    return new Conversation(models.resolve("claude-x").model()).user("hi");
  }

  private static EgressResponse response(int status, String body) {
    return new EgressResponse(
        status, Map.of(), body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static EgressResponse error(int status, String type, String message) {
    return response(
        status,
        "{'type':'error','error':{'type':'%s','message':'%s'},'request_id':'req_1'}"
            .formatted(type, message));
  }

  @Test
  void thoughts_are_skipped_and_cached_tokens_counted() throws Exception {
    var reply =
        answering(
                response(
                    200,
                    """
                    {'type':'message','model':'claude-x-2026','stop_reason':'tool_use',
                     'content':[{'type':'thinking','thinking':'hm','signature':'s'},
                       {'type':'text','text':'a'},{'type':'text','text':'b'},
                       {'type':'tool_use','id':'toolu_1','name':'add','input':{}},
                       {'type':'tool_use','id':'toolu_1','name':'add'}],
                     'usage':{'input_tokens':1,'cache_creation_input_tokens':2,
                       'cache_read_input_tokens':4,'output_tokens':8}}
                    """))
            .answered();

    assertThat(reply)
        .isEqualTo(
            new ChatReply.Answered(
                "ab",
                List.of(new ToolUse("toolu_1", "add", "{}"), new ToolUse("toolu_1_2", "add", "{}")),
                new Usage(7, 8, 15),
                false,
                "claude-x-2026",
                "anthropic"));
    assertThat(sent.getFirst().uri()).hasToString("https://api.anthropic.com/v1/messages");
  }

  @ParameterizedTest
  @CsvSource({
    "end_turn,false",
    "stop_sequence,false",
    "max_tokens,true",
    "model_context_window_exceeded,true"
  })
  void why_it_stopped_decides_whether_it_is_whole(String stop, boolean truncated) throws Exception {
    var body = "{'content':[],'stop_reason':'" + stop + "'}";

    assertThat(answering(response(200, body)).answered().truncated()).isEqualTo(truncated);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'content':'text'}",
        "{'content':[],'stop_reason':'tool_use'}",
        "{'content':[{'type':'tool_use','id':'1','input':{}}],'stop_reason':'tool_use'}",
        "<html>"
      })
  void an_answer_that_would_need_a_guess_is_malformed(String body) throws Exception {
    assertThat(answering(response(200, body)).reply()).isInstanceOf(ChatReply.Malformed.class);
  }

  @Test
  void a_fault_inside_status_200_is_a_fault() throws Exception {
    assertThat(answering(error(200, "overloaded_error", "Overloaded")).reply())
        .isEqualTo(
            new ChatReply.Unavailable(
                "The model provider cannot answer now (status 529)", null, "overloaded"));
  }

  @ParameterizedTest
  @CsvSource({
    "402,billing_error,x,quota",
    "400,invalid_request_error,Your credit balance is too low,quota",
    "400,invalid_request_error,prompt is too long: 1 > 0,longer than the model accepts",
    "413,request_too_large,x,longer than the model accepts",
    "400,invalid_request_error,messages.0: odd,It says: messages.0: odd",
    "401,authentication_error,invalid x-api-key,ANTHROPIC_API_KEY"
  })
  void a_fault_of_the_request_says_what_to_do(int status, String type, String says, String told)
      throws Exception {
    assertThat(answering(error(status, type, says)).reply())
        .isInstanceOfSatisfying(
            ChatReply.Rejected.class, rejected -> assertThat(rejected.message()).contains(told));
  }

  @Test
  void a_model_that_takes_no_temperature_is_asked_without_one() throws Exception {
    var refusal =
        error(400, "invalid_request_error", "`temperature` is deprecated for this model.");
    var fine = response(200, "{'content':[{'type':'text','text':'ok'}],'stop_reason':'end_turn'}");
    var conversation = answering(refusal, fine, fine);

    assertThat(conversation.answered().text()).isEqualTo("ok");
    assertThat(conversation.user("again").answered().text()).isEqualTo("ok");
    assertThat(sent)
        .extracting(
            request -> Json.parse(Objects.requireNonNull(request.body())).has("temperature"))
        .containsExactly(true, false, false);
  }
}
