package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Streams of Anthropic's Messages, word for word.
class AnthropicPiecesTest {
  private static final String START =
      "{'type':'message_start','message':{'id':'msg_1','type':'message','role':'assistant','content':[],'model':'claude-x-2026','stop_reason':null,'usage':{'input_tokens':10,'cache_read_input_tokens':5,'output_tokens':1}}}";
  private static final String TEXT =
      "{'type':'content_block_start','index':0,'content_block':{'type':'text','text':''}}";
  private static final String HELLO = delta(0, "'type':'text_delta','text':'Hello'");
  private static final String USE =
      "{'type':'content_block_start','index':1,'content_block':{'type':'tool_use','id':'toolu_1','name':'add','input':{}}}";
  private static final String STOP = "{'type':'message_stop'}";

  private static String delta(int index, String delta) {
    return "{'type':'content_block_delta','index':%d,'delta':{%s}}".formatted(index, delta);
  }

  private static String json(String partial) {
    return delta(1, "'type':'input_json_delta','partial_json':'" + partial + "'");
  }

  private static String end(int index) {
    return "{'type':'content_block_stop','index':" + index + "}";
  }

  private static String because(String reason) {
    return "{'type':'message_delta','delta':{'stop_reason':'%s','stop_sequence':null},'usage':{'output_tokens':9}}"
        .formatted(reason);
  }

  private static Conversation answering(List<String> events) {
    var body = new StringBuilder();
    for (var event : events) {
      var type = Json.stored(event.replace('\'', '"')).path("type").asString();
      body.append("event: ").append(type).append("\ndata: ").append(event).append("\n\n");
    }
    var bytes = body.toString().replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    var settings = new ModelSettings(Map.of("ANTHROPIC_API_KEY", "k"), Map.of());
    var http = new Canned(new EgressResponse(200, Map.of(), bytes));
    var models = new Models(settings, http, Clock.systemUTC());
    return new Conversation(models.resolve("claude-x").model()).user("hi");
  }

  private static Conversation answering(String... events) {
    return answering(List.of(events));
  }

  @Test
  void text_and_calls_are_put_together_and_all_else_is_skipped() throws Exception {
    var conversation =
        answering(
            START,
            "{'type':'ping'}",
            "{'type':'content_block_start','index':0,'content_block':{'type':'thinking','thinking':''}}",
            delta(0, "'type':'thinking_delta','thinking':'hm'"),
            delta(0, "'type':'signature_delta','signature':'s'"),
            end(0),
            TEXT.replace("'index':0", "'index':2").replace("'text':''", "'text':'Oh. '"),
            HELLO.replace("'index':0", "'index':2"),
            "{'type':'something_new','index':7}",
            end(2),
            USE,
            json(""),
            json("{\\u0022a\\u0022:"),
            json(" 1}"),
            end(1),
            because("tool_use"),
            STOP);

    assertThat(conversation.answered())
        .isEqualTo(
            new ChatReply.Answered(
                "Oh. Hello",
                List.of(new ToolUse("toolu_1", "add", "{\"a\":1}")),
                new Usage(15, 9, 24),
                false,
                "claude-x-2026",
                "anthropic"));
    assertThat(conversation.heard()).isEqualTo("Oh. Hello");
  }

  @Test
  void a_call_without_pieces_has_what_it_began_with() throws Exception {
    var given = USE.replace("'input':{}", "'input':{'a':2}");

    assertThat(answering(START, USE, end(1), because("tool_use"), STOP).answered().toolUses())
        .containsExactly(new ToolUse("toolu_1", "add", "{}"));
    assertThat(answering(START, given, end(1), because("tool_use"), STOP).answered().toolUses())
        .containsExactly(new ToolUse("toolu_1", "add", "{\"a\":2}"));
  }

  @Test
  void an_answer_cut_at_the_length_limit_says_so() throws Exception {
    var reply =
        answering(
                START,
                USE,
                json("{\\u0022a\\u0022: \\u0022ha"),
                end(1),
                because("max_tokens"),
                STOP)
            .answered();

    assertThat(reply.truncated()).isTrue();
    assertThat(reply.toolUses()).extracting(ToolUse::arguments).containsExactly("{\"a\": \"ha");
  }

  private static final List<String> WHOLE =
      List.of(START, TEXT, HELLO, end(0), USE, json("{}"), end(1), because("tool_use"), STOP);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void a_stream_that_ends_too_early_is_no_answer(int events) throws Exception {
    assertThat(answering(WHOLE.subList(0, events)).reply())
        .isEqualTo(
            new ChatReply.Malformed("The model provider's answer breaks off before its end"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 6, 7})
  void a_stream_that_lacks_an_event_is_no_answer(int lacking) throws Exception {
    var events = new ArrayList<>(WHOLE);
    events.remove(lacking);

    assertThat(answering(events).reply()).isInstanceOf(ChatReply.Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 6})
  void an_event_that_comes_twice_shows(int twice) throws Exception {
    var events = new ArrayList<>(WHOLE);
    events.add(twice, WHOLE.get(twice));

    assertThat(answering(events).reply()).isInstanceOf(ChatReply.Malformed.class);
  }

  @Test
  void a_piece_of_another_block_than_the_open_ones_shows() throws Exception {
    var events = new ArrayList<>(WHOLE);
    events.add(5, events.remove(2));

    assertThat(answering(events).reply()).isInstanceOf(ChatReply.Malformed.class);
  }

  @Test
  void a_fault_within_a_stream_is_a_fault() throws Exception {
    var overloaded = "{'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}";

    assertThat(answering(START, TEXT, HELLO, overloaded).reply())
        .isEqualTo(
            new ChatReply.Unavailable(
                "The model provider cannot answer now (status 529)", null, "overloaded"));
  }
}
