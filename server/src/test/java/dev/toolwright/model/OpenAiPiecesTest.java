package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.egress.EgressRequest;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Streams as compatible servers give them, word for word.
class OpenAiPiecesTest {
  private static final String DONE = "[DONE]";
  private static final String STOP = choice("{}", "'stop'");
  private static final String CALLED = choice("{}", "'tool_calls'");

  private List<EgressRequest> sent = List.of();

  private Conversation answering(EgressResponse... responses) {
    var http = new Canned(responses);
    sent = http.sent;
    var settings = new ModelSettings(Map.of("OPENAI_API_KEY", "sk-secret"), Map.of());
    var models = new Models(settings, http, Clock.systemUTC());
    return new Conversation(models.resolve("gpt-4o").model()).user("hi");
  }

  private static EgressResponse response(int status, String body) {
    return new EgressResponse(
        status, Map.of(), body.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static EgressResponse stream(String... data) {
    var body = new StringBuilder();
    for (var one : data) {
      body.append("data: ").append(one).append("\n\n");
    }
    return response(200, body.toString());
  }

  private static String choice(String delta, String finish) {
    return "{'choices':[{'index':0,'delta':%s,'finish_reason':%s}]}".formatted(delta, finish);
  }

  private static String said(String text) {
    return choice("{'content':'" + text + "'}", "null");
  }

  private static String call(String fragment) {
    return choice("{'tool_calls':[" + fragment + "]}", "null");
  }

  private static final String WHOLE_A =
      "{'index':0,'id':'a','function':{'name':'f','arguments':'{}'}}";

  @Test
  void a_stream_is_read_however_it_is_written() throws Exception {
    var body =
        "\uFEFF: keep-alive\r\n\r\nevent: message\r\nid: 1\r\nretry: 5\r\ndata:%s\r\n\r\n:\n\ndata: %s\n\ndata:\ndata: %s\n\ndata:[DONE]\r\r"
            .formatted(said("a"), said("b"), STOP);

    var conversation = answering(response(200, body));
    assertThat(conversation.answered().text()).isEqualTo("ab");
    assertThat(conversation.heard()).isEqualTo("ab");
  }

  @Test
  void fragments_are_put_together_by_their_index_in_its_order() throws Exception {
    var reply =
        answering(
                stream(
                    call("{'index':1,'id':'b','function':{'name':'g','arguments':''}}"),
                    call("{'index':0,'id':'a','type':'function','function':{'name':'f'}}"),
                    call(
                        "{'index':1,'function':{'arguments':'[2'}},{'index':0,'function':{'arguments':'[1'}}"),
                    call("{'index':0,'id':null,'function':{'name':null,'arguments':']'}}"),
                    call("{'index':1,'id':'','function':{'name':'','arguments':']'}}"),
                    CALLED,
                    DONE))
            .answered();

    assertThat(reply.toolUses())
        .containsExactly(new ToolUse("a", "f", "[1]"), new ToolUse("b", "g", "[2]"));
  }

  @Test
  void calls_of_one_index_are_told_apart_by_their_ids() throws Exception {
    var reply =
        answering(
                stream(
                    call(WHOLE_A),
                    call("{'index':0,'id':'b','function':{'name':'f','arguments':{}}}"),
                    call("{'index':0,'function':{'name':'f','arguments':''}}"),
                    CALLED,
                    DONE))
            .answered();

    assertThat(reply.toolUses())
        .containsExactly(new ToolUse("a", "f", "{}"), new ToolUse("b", "f", "{}"));
  }

  @Test
  void calls_without_an_index_are_told_apart_by_their_ids() throws Exception {
    var reply =
        answering(
                stream(
                    call(
                        "{'id':'a','function':{'name':'f','arguments':'{}'}},{'id':'b','function':{'name':'g','arguments':'{'}}"),
                    call("{'function':{'arguments':'}'}}"),
                    CALLED,
                    DONE))
            .answered();

    assertThat(reply.toolUses())
        .containsExactly(new ToolUse("a", "f", "{}"), new ToolUse("b", "g", "{}"));
  }

  @Test
  void a_call_that_comes_twice_is_one_whose_arguments_are_none() throws Exception {
    var reply = answering(stream(call(WHOLE_A), call(WHOLE_A), CALLED, DONE)).answered();

    assertThat(reply.toolUses()).containsExactly(new ToolUse("a", "f", "{}{}"));
  }

  @Test
  void a_message_in_the_place_of_pieces_is_taken_for_them() throws Exception {
    var whole =
        "{'model':'m','choices':[{'message':{'content':'all'},'finish_reason':'stop'}],'usage':{'prompt_tokens':1,'completion_tokens':2}}";

    assertThat(answering(stream(whole, DONE)).answered())
        .isEqualTo(
            new ChatReply.Answered("all", List.of(), new Usage(1, 2, 3), false, "m", "openai"));
  }

  @Test
  void other_choices_than_the_first_are_not_heard() throws Exception {
    var other = said("x").replace("'index':0", "'index':1");

    assertThat(answering(stream(said("a"), other, STOP, DONE)).answered().text()).isEqualTo("a");
  }

  @Test
  void the_reason_it_finished_is_enough_where_a_stream_ends_properly() throws Exception {
    assertThat(answering(stream(said("a"), STOP)).answered().text()).isEqualTo("a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "data: [DONE]\n\n", "data: {'choices':[{'finish_reason':'stop'}]}\n"})
  void without_the_reason_it_finished_nothing_is_an_answer(String end) throws Exception {
    var cut = "data: " + said("a") + "\n\ndata: " + call(WHOLE_A) + "\n\n" + end;

    var conversation = answering(response(200, cut));
    assertThat(conversation.reply())
        .isEqualTo(
            new ChatReply.Malformed("The model provider's answer breaks off before its end"));
    assertThat(conversation.heard()).isEqualTo("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'error':{'message':'x','code':429}}                    | kind=rate_limited",
        "{'error':{'message':'x','code':'429'}}                  | kind=rate_limited",
        "{'error':{'message':'x','code':'rate_limit_exceeded'}}  | kind=rate_limited",
        "{'error':{'message':'x','type':'overloaded_error'}}     | kind=overloaded",
        "{'error':{'message':'x','type':'server_error'}}         | kind=server_error",
        "{'error':{'message':'bad','type':'invalid_request_error'}} | It says: bad",
        "{'error':{'code':'insufficient_quota'}}                 | quota",
        "{'error':'out of memory'}                               | kind=server_error"
      })
  void a_fault_within_a_stream_is_a_fault(String fault, String told) throws Exception {
    assertThat(answering(stream(said("a"), fault, STOP, DONE)).reply()).asString().contains(told);
  }

  @Test
  void an_event_named_error_is_a_fault_whatever_it_holds() throws Exception {
    var body = "event: error\ndata: {'message':'x','code':503}\n\n";

    assertThat(answering(response(200, body)).reply()).asString().contains("kind=overloaded");
    assertThat(answering(stream(said("a"), choice("{}", "'error'"), DONE)).reply())
        .isInstanceOf(ChatReply.Malformed.class);
  }

  @Test
  void an_answer_without_measure_is_too_long() throws Exception {
    var piece = said("x".repeat(1 << 20));
    var pieces = new String[10];
    Arrays.fill(pieces, piece);

    assertThat(answering(stream(pieces)).reply())
        .isEqualTo(new ChatReply.Malformed("The model provider's answer is too long"));
  }

  private List<JsonNode> bodies() throws Exception {
    var bodies = new ArrayList<JsonNode>();
    for (var request : sent) {
      bodies.add(Json.parse(Objects.requireNonNull(request.body())));
    }
    return bodies;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | {'error':{'message':'Unrecognized request argument supplied: stream_options','param':null}}",
        "400 | {'error':{'message':'x','param':'stream_options.include_usage'}}",
        "422 | {'object':'error','detail':[{'type':'extra_forbidden','loc':['body','stream_options']}]}"
      })
  void who_cannot_tell_the_usage_is_asked_for_a_stream_without(int status, String refusal)
      throws Exception {
    var fine = stream(said("a"), STOP, DONE);
    var conversation = answering(response(status, refusal), fine, fine);

    assertThat(conversation.answered().text()).isEqualTo("a");
    assertThat(conversation.user("again").answered().usage()).isEqualTo(Usage.NONE);
    assertThat(bodies())
        .extracting(body -> body.has("stream_options"))
        .containsExactly(true, false, false);
    assertThat(bodies()).allMatch(body -> body.path("stream").booleanValue());
  }

  @Test
  void who_may_not_stream_is_asked_for_the_whole_answer() throws Exception {
    var refusal =
        "{'error':{'message':'Your organization must be verified to stream this model.','type':'invalid_request_error','param':'stream','code':'unsupported_value'}}";
    var whole = "{'choices':[{'message':{'content':'ok'},'finish_reason':'stop'}]}";
    var conversation = answering(response(400, refusal), response(200, whole));

    assertThat(conversation.answered().text()).isEqualTo("ok");
    assertThat(bodies()).extracting(body -> body.has("stream")).containsExactly(true, false);
  }

  @Test
  void what_is_refused_once_more_is_a_refusal() throws Exception {
    var refusal = response(400, "{'error':{'message':'stream_options?','param':'x'}}");

    assertThat(answering(refusal, refusal).reply()).isInstanceOf(ChatReply.Rejected.class);
    assertThat(sent).hasSize(2);
  }
}
