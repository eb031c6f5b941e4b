package dev.toolwright.model;

import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One message of a conversation. Its JSON form is kept in journals, so a released form must stay
/// readable.
public sealed interface ChatMessage {
  /// What a person, or a program on their behalf, said.
  record User(String text) implements ChatMessage {}

  /// What the model answered: text, wishes to call tools, or both.
  record Assistant(@Nullable String text, List<ToolUse> toolUses) implements ChatMessage {
    public Assistant {
      toolUses = List.copyOf(toolUses);
    }
  }

  /// What became of one tool use. Every tool use of an [Assistant] message has exactly one, before
  /// any other message.
  ///
  /// @param content what the model is told, whether a result or a fault
  record ToolAnswer(String toolUseId, String name, String content, boolean failed)
      implements ChatMessage {}

  /// The stored form, read back by [#fromJson].
  default JsonNode toJson() {
    return switch (this) {
      case User(var text) -> Json.object().put("role", "user").put("text", text);
      case Assistant(var text, var toolUses) -> {
        var json = Json.object().put("role", "assistant").put("text", text);
        var uses = json.putArray("tool_uses");
        toolUses.forEach(use -> uses.add(use.toJson()));
        yield json;
      }
      case ToolAnswer(var toolUseId, var name, var content, var failed) ->
          Json.object()
              .put("role", "tool")
              .put("tool_use_id", toolUseId)
              .put("name", name)
              .put("content", content)
              .put("failed", failed);
    };
  }

  /// Reads what [#toJson] wrote. Anything else is a bug and throws a runtime exception.
  static ChatMessage fromJson(JsonNode json) {
    return switch (json.required("role").stringValue()) {
      case "user" -> new User(json.required("text").stringValue());
      case "assistant" -> {
        var uses = new ArrayList<ToolUse>();
        json.required("tool_uses").forEach(use -> uses.add(ToolUse.fromJson(use)));
        yield new Assistant(json.path("text").stringValue(null), uses);
      }
      case "tool" ->
          new ToolAnswer(
              json.required("tool_use_id").stringValue(),
              json.required("name").stringValue(),
              json.required("content").stringValue(),
              json.required("failed").booleanValue());
      default -> throw new IllegalArgumentException("Not a stored chat message");
    };
  }
}
