package dev.toolwright.model;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.model.Protocol.Option;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// A [ChatRequest] as the body of OpenAI's Chat Completions.
final class OpenAiRequest {
  private OpenAiRequest() {}

  static ObjectNode body(ChatRequest request, ToolNames names, Set<Option> options) {
    var body = Json.object().put("model", request.model());
    var messages = body.putArray("messages");
    if (!request.instructions().isBlank()) {
      messages.add(Json.object().put("role", "system").put("content", request.instructions()));
    }
    for (var message : request.messages()) {
      messages.add(message(message, names));
    }
    if (!request.tools().isEmpty()) {
      var tools = body.putArray("tools");
      request.tools().forEach(tool -> tools.add(tool(tool, names)));
      body.put("tool_choice", "auto");
    }
    if (request.temperature() != null && options.contains(Option.TEMPERATURE)) {
      body.put("temperature", request.temperature());
    }
    if (options.contains(Option.STREAM)) {
      body.put("stream", true);
      if (options.contains(Option.STREAM_USAGE)) {
        body.putObject("stream_options").put("include_usage", true);
      }
    }
    return body;
  }

  static ObjectNode tool(ToolSpec tool, ToolNames names) {
    var json = Json.object().put("type", "function");
    json.putObject("function")
        .put("name", names.outward(tool.name()))
        .put("description", tool.description())
        .set("parameters", ToolSchema.fitted(tool.parametersSchema()));
    return json;
  }

  private static ObjectNode message(ChatMessage message, ToolNames names) {
    return switch (message) {
      case ChatMessage.User(var text) -> Json.object().put("role", "user").put("content", text);
      case ChatMessage.Assistant assistant -> assistant(assistant, names);
      case ChatMessage.ToolAnswer answer ->
          Json.object()
              .put("role", "tool")
              .put("tool_call_id", answer.toolUseId())
              .put("content", answer.content());
    };
  }

  private static ObjectNode assistant(ChatMessage.Assistant message, ToolNames names) {
    var json = Json.object().put("role", "assistant");
    if (message.toolUses().isEmpty()) {
      // Without tool calls the provider insists on a text.
      return json.put("content", message.text() == null ? "" : message.text());
    }
    json.put("content", message.text());
    var calls = json.putArray("tool_calls");
    for (var use : message.toolUses()) {
      calls
          .addObject()
          .put("id", use.id())
          .put("type", "function")
          .putObject("function")
          .put("name", names.outward(use.name()))
          .put("arguments", arguments(use.arguments()));
    }
    return json;
  }

  // Several compatible servers parse the arguments of past calls and refuse the whole conversation
  // for one that the model got wrong, so such a text travels inside an object.
  private static String arguments(String written) {
    try {
      if (Json.parse(written).isObject()) {
        return written;
      }
    } catch (MalformedJson e) {
      // told below
    }
    return Json.write(Json.object().put("malformed_arguments", written));
  }
}
