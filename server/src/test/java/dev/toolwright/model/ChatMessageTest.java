package dev.toolwright.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChatMessageTest {
  @Test
  void every_message_survives_being_stored() {
    var messages =
        List.of(
            new ChatMessage.User("héllo\n\"you\""),
            new ChatMessage.Assistant("text", List.of()),
            new ChatMessage.Assistant(
                null, List.of(new ToolUse("1", "add", "{\"a\": "), new ToolUse("2", "b", "{}"))),
            new ChatMessage.ToolAnswer("1", "add", "", true));

    assertThat(messages)
        .allSatisfy(message ->
            assertThat(ChatMessage.fromJson(Json.stored(Json.write(message.toJson()))))
                .isEqualTo(message));
  }

  @Test
  void the_stored_form_stays_as_it_is() {
    var assistant = new ChatMessage.Assistant(null, List.of(new ToolUse("c", "add", "{}")));
    var answer = new ChatMessage.ToolAnswer("c", "add", "3", false);

    assertThat(new ChatMessage.User("hi").toJson())
        .hasToString("{\"role\":\"user\",\"text\":\"hi\"}");
    assertThat(assistant.toJson())
        .hasToString(
            "{\"role\":\"assistant\",\"text\":null,"
                + "\"tool_uses\":[{\"id\":\"c\",\"name\":\"add\",\"arguments\":\"{}\"}]}");
    assertThat(answer.toJson())
        .hasToString(
            "{\"role\":\"tool\",\"tool_use_id\":\"c\",\"name\":\"add\",\"content\":\"3\",\"failed\":false}");
  }

  @Test
  void another_form_is_a_bug() {
    assertThatThrownBy(() -> ChatMessage.fromJson(Json.object().put("role", "system")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
