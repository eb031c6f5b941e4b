package dev.toolwright.model;

import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a body of OpenAI's Chat Completions that came with status 200. Lenient where compatible
/// servers differ (no usage, content in parts, arguments as an object, missing ids), strict where a
/// guess could carry out something the model did not ask for.
final class OpenAiReply {
  private OpenAiReply() {}

  static ChatReply read(JsonNode json, ToolNames names, String askedModel, String provider) {
    var choices = json.path("choices");
    if (!choices.isArray() || choices.isEmpty()) {
      return RemoteModel.malformed("no choices");
    }
    var choice = choices.get(0);
    var message = choice.path("message");
    if (!message.isObject()) {
      return RemoteModel.malformed("no message");
    }
    var finish = choice.path("finish_reason").stringValue("");
    var usage = usage(json.path("usage"));
    var refusal = refusal(message);
    if (refusal != null) {
      return new ChatReply.Refused(refusal, usage);
    }
    if (finish.equals("content_filter")) {
      return new ChatReply.Refused("The provider's content filter withheld the answer", usage);
    }
    if (finish.equals("error")) {
      return RemoteModel.malformed("an error for its end");
    }
    var truncated = finish.equals("length");
    var uses = toolUses(message.path("tool_calls"), names);
    if (uses == null) {
      return RemoteModel.malformed("a tool call without a function name");
    }
    if (uses.isEmpty() && (finish.equals("tool_calls") || finish.equals("function_call"))) {
      return RemoteModel.malformed("no tool call where it announced one");
    }
    return new ChatReply.Answered(
        text(message.path("content")),
        uses,
        usage,
        truncated,
        json.path("model").stringValue(askedModel),
        provider);
  }

  static @Nullable String text(JsonNode content) {
    if (content.isString()) {
      return content.stringValue();
    }
    if (!content.isArray()) {
      return null;
    }
    var text = new StringBuilder();
    for (var part : content) {
      text.append(part.isString() ? part.stringValue() : part.path("text").stringValue(""));
    }
    return text.toString();
  }

  private static @Nullable String refusal(JsonNode message) {
    if (message.path("refusal").isString() && !message.path("refusal").stringValue().isBlank()) {
      return message.path("refusal").stringValue();
    }
    for (var part : message.path("content")) {
      if (part.path("type").stringValue("").equals("refusal")) {
        return part.path("refusal").stringValue("The model declined");
      }
    }
    return null;
  }

  private static Usage usage(JsonNode usage) {
    var prompt = usage.path("prompt_tokens").intValue(0);
    var completion = usage.path("completion_tokens").intValue(0);
    return new Usage(prompt, completion, usage.path("total_tokens").intValue(prompt + completion));
  }

  /// Null when a call does not say what to call.
  private static @Nullable List<ToolUse> toolUses(JsonNode calls, ToolNames names) {
    var uses = new ArrayList<ToolUse>();
    Set<String> ids = new HashSet<>();
    for (var call : calls) {
      var function = call.path("function");
      var name = function.path("name").stringValue("");
      if (name.isBlank()) {
        return null;
      }
      var id = unused(call.path("id").stringValue(""), ids);
      uses.add(new ToolUse(id, names.inward(name), arguments(function.path("arguments"))));
    }
    return uses;
  }

  private static String unused(String given, Set<String> taken) {
    var stem = given.isBlank() ? "call" : given;
    var id = given.isBlank() ? "call_1" : given;
    for (var n = 2; !taken.add(id); n++) {
      id = stem + "_" + n;
    }
    return id;
  }

  /// Models leave the arguments of a tool without parameters empty; that means no arguments.
  private static String arguments(JsonNode arguments) {
    if (arguments.isString()) {
      return arguments.stringValue().isBlank() ? "{}" : arguments.stringValue();
    }
    return arguments.isMissingNode() || arguments.isNull() ? "{}" : Json.write(arguments);
  }
}
