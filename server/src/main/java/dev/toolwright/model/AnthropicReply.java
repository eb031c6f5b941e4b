package dev.toolwright.model;

import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads a body of Anthropic's Messages that came with status 200. Blocks of other kinds, such as
/// the model's thoughts, are skipped.
final class AnthropicReply {
  private AnthropicReply() {}

  static ChatReply read(JsonNode json, ChatRequest request, ToolNames names) {
    var content = json.path("content");
    if (!content.isArray()) {
      return RemoteModel.malformed("no content");
    }
    var stop = json.path("stop_reason").stringValue("");
    var usage = usage(json.path("usage"));
    var text = text(content);
    if (stop.equals("refusal")) {
      return new ChatReply.Refused(
          text == null || text.isBlank() ? "The model declined to answer" : text, usage);
    }
    var uses = toolUses(content, names, new PropertyNames(request.tools()));
    if (uses == null) {
      return RemoteModel.malformed("a tool use without a name");
    }
    if (uses.isEmpty() && stop.equals("tool_use")) {
      return RemoteModel.malformed("no tool use where it announced one");
    }
    return new ChatReply.Answered(
        text,
        uses,
        usage,
        stop.equals("max_tokens") || stop.equals("model_context_window_exceeded"),
        json.path("model").stringValue(request.model()),
        Provider.ANTHROPIC.word());
  }

  private static @Nullable String text(JsonNode content) {
    var text = new StringBuilder();
    var found = false;
    for (var block : content) {
      if (block.path("type").stringValue("").equals("text")) {
        found = true;
        text.append(block.path("text").stringValue(""));
      }
    }
    return found ? text.toString() : null;
  }

  /// What was read from or written to a cache was part of the prompt too.
  private static Usage usage(JsonNode usage) {
    var prompt =
        usage.path("input_tokens").intValue(0)
            + usage.path("cache_creation_input_tokens").intValue(0)
            + usage.path("cache_read_input_tokens").intValue(0);
    var completion = usage.path("output_tokens").intValue(0);
    return new Usage(prompt, completion, prompt + completion);
  }

  /// Null when one does not say what to call.
  private static @Nullable List<ToolUse> toolUses(
      JsonNode content, ToolNames names, PropertyNames properties) {
    var uses = new ArrayList<ToolUse>();
    Set<String> ids = new HashSet<>();
    for (var block : content) {
      if (!block.path("type").stringValue("").equals("tool_use")) {
        continue;
      }
      var name = names.inward(block.path("name").stringValue(""));
      if (name.isBlank()) {
        return null;
      }
      var stem =
          block.path("id").stringValue("").isBlank() ? "call_1" : block.path("id").stringValue();
      var id = stem;
      for (var n = 2; !ids.add(id); n++) {
        id = stem + "_" + n;
      }
      uses.add(new ToolUse(id, name, arguments(block.path("input"), name, properties)));
    }
    return uses;
  }

  /// Compatible servers hand on as a text what their model got wrong.
  private static String arguments(JsonNode input, String tool, PropertyNames properties) {
    if (input instanceof ObjectNode object) {
      return Json.write(properties.inward(tool, object));
    }
    if (input.isString()) {
      return input.stringValue().isBlank() ? "{}" : input.stringValue();
    }
    return input.isMissingNode() || input.isNull() ? "{}" : Json.write(input);
  }
}
