package dev.toolwright.model;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import dev.toolwright.model.Protocol.Option;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A [ChatRequest] as the body of Anthropic's Messages: the roles of user and assistant alternate,
/// what tools answered comes first in the user's next message, and the ids of tool uses are unique
/// in the whole conversation.
final class AnthropicRequest {
  /// The provider insists on a limit. Every model of today can answer at this length.
  private static final int MAX_TOKENS = 8_192;

  /// Texts must not be blank.
  private static final String NO_TEXT = "(no text)";

  private final ChatRequest request;
  private final ToolNames names;
  private final PropertyNames properties;
  private final ArrayNode messages = Json.array();
  private final Set<String> ids = new HashSet<>();
  private final Set<String> used = new LinkedHashSet<>();
  private Map<String, String> idsOfTurn = Map.of();

  AnthropicRequest(ChatRequest request, ToolNames names) {
    this.request = request;
    this.names = names;
    this.properties = new PropertyNames(request.tools());
  }

  ObjectNode body(Set<Option> options) {
    var body = Json.object().put("model", request.model()).put("max_tokens", MAX_TOKENS);
    if (!request.instructions().isBlank()) {
      body.put("system", request.instructions());
    }
    request.messages().forEach(this::add);
    body.set("messages", messages);
    if (!request.tools().isEmpty()) {
      var tools = body.putArray("tools");
      request.tools().forEach(tool -> tools.add(tool(tool)));
    }
    if (request.tools().isEmpty() && !used.isEmpty()) {
      body.set("tools", placeholders());
      body.putObject("tool_choice").put("type", "none");
    }
    var temperature = request.temperature();
    if (temperature != null && options.contains(Option.TEMPERATURE)) {
      // Ours go to 2, the provider's to 1.
      body.put("temperature", Math.min(temperature, 1.0));
    }
    if (options.contains(Option.STREAM)) {
      body.put("stream", true);
    }
    return body;
  }

  /// A conversation with tool uses must define tools, even when there are none any more.
  private ArrayNode placeholders() {
    var tools = Json.array();
    for (var name : used) {
      var schema = tools.addObject().put("name", name).putObject("input_schema");
      schema.put("type", "object").putObject("properties");
    }
    return tools;
  }

  private ObjectNode tool(ToolSpec tool) {
    var json = Json.object().put("name", names.outward(tool.name()));
    if (!tool.description().isBlank()) {
      json.put("description", tool.description());
    }
    var schema = ToolSchema.fitted(tool.parametersSchema());
    json.set("input_schema", properties.outwardSchema(tool.name(), schema));
    return json;
  }

  private void add(ChatMessage message) {
    switch (message) {
      case ChatMessage.User(var text) -> addText("user", text.isBlank() ? NO_TEXT : text);
      case ChatMessage.Assistant assistant -> addAssistant(assistant);
      case ChatMessage.ToolAnswer answer ->
          content("user")
              .addObject()
              .put("type", "tool_result")
              .put("tool_use_id", idsOfTurn.getOrDefault(answer.toolUseId(), answer.toolUseId()))
              .put("content", answer.content())
              .put("is_error", answer.failed());
    }
  }

  private void addText(String role, String text) {
    content(role).addObject().put("type", "text").put("text", text);
  }

  /// The blocks of the last message when it is of that role, else of a new one.
  private ArrayNode content(String role) {
    var last = messages.isEmpty() ? null : (ObjectNode) messages.get(messages.size() - 1);
    if (last == null || !last.path("role").stringValue().equals(role)) {
      last = messages.addObject().put("role", role);
    }
    return last.withArray("content");
  }

  private void addAssistant(ChatMessage.Assistant message) {
    var text = message.text();
    if (text != null && !text.isBlank()) {
      addText("assistant", text.stripTrailing());
    } else if (message.toolUses().isEmpty()) {
      addText("assistant", NO_TEXT);
    }
    var turn = new HashMap<String, String>();
    for (var use : message.toolUses()) {
      var id = unused(use.id());
      turn.put(use.id(), id);
      used.add(names.outward(use.name()));
      var input = properties.outward(use.name(), input(use.arguments()));
      content("assistant")
          .addObject()
          .put("type", "tool_use")
          .put("id", id)
          .put("name", names.outward(use.name()))
          .set("input", input);
    }
    idsOfTurn = turn;
  }

  /// An id is unique within its own turn only, and another provider's may have other characters.
  private String unused(String given) {
    var stem = given.isEmpty() ? "call" : given.replaceAll("[^a-zA-Z0-9_-]", "_");
    var id = stem;
    for (var n = 2; !ids.add(id); n++) {
      id = stem + "_" + n;
    }
    return id;
  }

  /// What the model got wrong travels inside an object: nothing else is accepted.
  private static ObjectNode input(String written) {
    JsonNode parsed;
    try {
      parsed = Json.parse(written);
    } catch (MalformedJson e) {
      parsed = Json.array();
    }
    return parsed instanceof ObjectNode input
        ? input
        : Json.object().put("malformed_arguments", written);
  }
}
