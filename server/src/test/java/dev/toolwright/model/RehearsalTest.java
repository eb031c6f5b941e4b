package dev.toolwright.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.toolwright.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RehearsalTest {
  private final Conversation conversation = new Conversation(new Rehearsal(Rehearsal.Cause.ASKED));

  @Test
  void it_calls_what_it_is_directed_to_call_and_says_the_rest() throws Exception {
    var call =
        conversation
            .user("Please:\nCALL add {\"a\": 1, \"b\": 2}\n---\nSAY It is <<last_tool_result>>.")
            .answered();
    var said = conversation.answer("3").answered();

    assertThat(call.text()).isNull();
    assertThat(call.toolUses())
        .containsExactly(new ToolUse("call_1_1_1", "add", "{\"a\": 1, \"b\": 2}"));
    assertThat(said.text()).isEqualTo("It is 3.");
    assertThat(said.toolUses()).isEmpty();
    assertThat(said.model()).isEqualTo("rehearsal");
    assertThat(said.provider()).isEqualTo("rehearsal");
  }

  @Test
  void calls_of_one_block_are_made_at_once() throws Exception {
    var reply = conversation.user("CALL add {}\nCALL other\n---\nCALL third {}").answered();

    assertThat(reply.toolUses()).extracting(ToolUse::name).containsExactly("add", "other");
    assertThat(reply.toolUses()).extracting(ToolUse::arguments).containsOnly("{}");
    assertThat(reply.toolUses()).extracting(ToolUse::id).doesNotHaveDuplicates();
    assertThat(conversation.answer("1", "2").answered().toolUses())
        .extracting(ToolUse::name)
        .containsExactly("third");
  }

  @Test
  void a_result_fits_into_arguments_whatever_it_holds() throws Exception {
    conversation.user(
        """
        CALL one {}
        CALL two {}
        ---
        CALL three {"text": "got \\"<<tool_result:one>>\\"", "data": <<tool_result:two>>, "raw": <<tool_result:one>>}
        """);
    var _ = conversation.answered();
    var arguments =
        conversation
            .answer("a \"quote\"\n<<last_tool_result>>", "{\"n\":[1]}")
            .answered()
            .toolUses()
            .getFirst()
            .arguments();

    var json = Json.parse(arguments);
    assertThat(json.path("text").asString()).isEqualTo("got \"a \"quote\"\n<<last_tool_result>>\"");
    assertThat(json.path("data").path("n").path(0).intValue()).isEqualTo(1);
    assertThat(json.path("raw").asString()).isEqualTo("a \"quote\"\n<<last_tool_result>>");
  }

  @Test
  void a_missing_result_is_said_to_be_missing() throws Exception {
    assertThat(conversation.user("SAY <<last_tool_result>> <<tool_result:x>>").answered().text())
        .isEqualTo("(no tool result) (no result of x)");
  }

  @Test
  void say_takes_everything_to_the_end() throws Exception {
    assertThat(conversation.user("SAY one\n---\nCALL not_a_call {}").answered().text())
        .isEqualTo("one\n---\nCALL not_a_call {}");
  }

  @Test
  void say_after_calls_is_a_turn_of_its_own() throws Exception {
    assertThat(conversation.user("CALL add {}\nSAY done").answered().text()).isNull();
    assertThat(conversation.answer("1").answered().text()).isEqualTo("done");
  }

  @Test
  void without_say_it_quotes_the_last_result() throws Exception {
    var _ = conversation.user("CALL add {}").answered();

    assertThat(conversation.answer("42").answered().text())
        .isEqualTo("This is a rehearsal, and its directions are done. The tool add answered: 42");
  }

  @Test
  void arguments_that_are_no_json_are_passed_as_written() throws Exception {
    assertThat(conversation.user("CALL add {\"a\": ").answered().toolUses().getFirst().arguments())
        .isEqualTo("{\"a\":");
  }

  @Test
  void fail_is_a_failure_that_names_its_reason() throws Exception {
    assertThat(conversation.user("FAIL no more credit").reply())
        .isEqualTo(new ChatReply.Rejected("The rehearsal was directed to fail: no more credit"));
  }

  @Test
  void only_the_last_user_message_directs() throws Exception {
    var _ = conversation.user("CALL add {}\n---\nCALL add {}").answered();
    var _ = conversation.answer("1").answered();
    var call =
        conversation.answer("2").user("CALL add {}\n---\nSAY <<last_tool_result>>").answered();

    assertThat(call.toolUses()).extracting(ToolUse::id).containsExactly("call_2_1_1");
    assertThat(conversation.answer("9").answered().text()).isEqualTo("9");
  }

  @Test
  void asked_twice_it_answers_the_same() throws Exception {
    var model = new Rehearsal(Rehearsal.Cause.ASKED);
    var request = conversation.user("CALL add {}").request(0.2, Duration.ofSeconds(1));

    assertThat(model.reply(request, _ -> {})).isEqualTo(model.reply(request, _ -> {}));
  }

  @Test
  void without_directions_it_shows_how_to_direct_it() throws Exception {
    var text = conversation.user("CALL me tomorrow, and add 1 and 2").answered().text();

    assertThat(text)
        .isNotNull()
        .startsWith("This is the rehearsal model")
        .contains("It can call: add.")
        .endsWith("\nCALL add {\"a\":0,\"b\":0}");
    assertThat(
            new Conversation(new Rehearsal(Rehearsal.Cause.ASKED))
                .user(requireNonNull(text))
                .answered()
                .toolUses())
        .containsExactly(new ToolUse("call_1_1_1", "add", "{\"a\":0,\"b\":0}"));
  }

  @Test
  void it_says_which_setting_brings_a_real_model() throws Exception {
    var text =
        new Conversation(new Rehearsal(Rehearsal.Cause.NO_PROVIDER))
            .tools()
            .user("hello")
            .answered()
            .text();

    assertThat(text).contains("OPENAI_API_KEY").contains("no tool");
  }

  @Test
  void usage_is_roughly_a_quarter_of_the_characters() {
    var request =
        new ChatRequest(
            "rehearsal",
            "12345678",
            List.of(new ChatMessage.User("SAY 12345678")),
            List.of(),
            null,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            "k");

    assertThat(
            ((ChatReply.Answered) new Rehearsal(Rehearsal.Cause.ASKED).reply(request, _ -> {}))
                .usage())
        .isEqualTo(new Usage(5, 2, 7));
  }

  @Test
  void the_documented_example_does_what_its_page_says() throws Exception {
    var page = Files.readAllLines(Path.of("../docs/reference/rehearsal.md"));
    var example =
        page.stream()
            .dropWhile(line -> !line.startsWith("    "))
            .takeWhile(line -> line.startsWith("    "))
            .collect(Collectors.joining("\n"));

    assertThat(conversation.user(example).answered().toolUses()).hasSize(2);
    assertThat(conversation.answer("13", "2").answered().toolUses())
        .extracting(ToolUse::name, ToolUse::arguments)
        .containsExactly(tuple("note", "{\"title\": \"Check 2\"}"));
    assertThat(conversation.answer("noted").answered().text()).isEqualTo("Done: noted");
  }
}
