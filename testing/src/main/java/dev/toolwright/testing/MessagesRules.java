package dev.toolwright.testing;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What Anthropic's Messages demand of a request, told in the provider's manner.
final class MessagesRules {
  private static final Pattern TOOL_NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final Pattern PROPERTY = Pattern.compile("[a-zA-Z0-9_.-]{1,64}");
  private static final Pattern ID = Pattern.compile("[a-zA-Z0-9_-]+");
  private static final Set<String> FIELDS =
      Set.of(
          "model",
          "messages",
          "max_tokens",
          "system",
          "temperature",
          "top_p",
          "top_k",
          "stop_sequences",
          "stream",
          "tools",
          "tool_choice",
          "metadata",
          "thinking",
          "service_tier");
  private static final Set<String> TOOL_FIELDS =
      Set.of("name", "description", "input_schema", "type", "cache_control", "strict");

  private final Set<String> ids = new HashSet<>();

  /// The tool uses of the message before, as far as they have no result.
  private final Set<String> open = new LinkedHashSet<>();

  private MessagesRules() {}

  /// The first fault of a request body, or null.
  static @Nullable String fault(JsonNode body) {
    if (!body.isObject()) {
      return "The request body is not valid JSON";
    }
    for (var name : body.propertyNames()) {
      if (!FIELDS.contains(name)) {
        return name + ": Extra inputs are not permitted";
      }
    }
    if (body.path("model").asString("").isBlank()) {
      return "model: Field required";
    }
    if (!body.path("max_tokens").isInt() || body.path("max_tokens").intValue() < 1) {
      return "max_tokens: Field required";
    }
    if (body.has("stream") && !body.path("stream").isBoolean()) {
      return "stream: Input should be a valid boolean";
    }
    if (body.has("system") && body.path("system").asString("").isBlank()) {
      return "system: text content blocks must be non-empty";
    }
    var temperature = body.path("temperature");
    if (body.has("temperature")
        && (!temperature.isNumber()
            || temperature.doubleValue() < 0
            || temperature.doubleValue() > 1)) {
      return "temperature: range: 0..1";
    }
    var tools = tools(body);
    if (tools != null) {
      return tools;
    }
    var rules = new MessagesRules();
    var messages = rules.messages(body.path("messages"));
    return messages == null && !rules.ids.isEmpty() && !body.has("tools")
        ? "Requests which include `tool_use` or `tool_result` blocks must define tools"
        : messages;
  }

  private static @Nullable String tools(JsonNode body) {
    if (!body.has("tools")) {
      return body.has("tool_choice") ? "tool_choice may only be specified with tools" : null;
    }
    Set<String> names = new HashSet<>();
    for (var tool : body.path("tools")) {
      for (var field : tool.propertyNames()) {
        if (!TOOL_FIELDS.contains(field)) {
          return "tools.0.custom." + field + ": Extra inputs are not permitted";
        }
      }
      var name = tool.path("name").asString("");
      if (!TOOL_NAME.matcher(name).matches()) {
        return "tools.0.custom.name: String should match pattern '^" + TOOL_NAME + "$'";
      }
      if (!names.add(name)) {
        return "tools: Tool names must be unique.";
      }
      var schema = schema(tool.path("input_schema"));
      if (schema != null) {
        return "tools.0.custom.input_schema" + schema;
      }
    }
    return names.isEmpty() ? "tools: at least one is required" : null;
  }

  private static @Nullable String schema(JsonNode schema) {
    if (!schema.path("type").asString("").equals("object")) {
      return ".type: Input should be 'object'";
    }
    if (Stream.of("oneOf", "anyOf", "allOf").anyMatch(schema::has)) {
      return ": input_schema does not support oneOf, allOf, or anyOf at the top level";
    }
    for (var name : schema.path("properties").propertyNames()) {
      if (!PROPERTY.matcher(name).matches()) {
        return ".properties: Property keys should match pattern '^" + PROPERTY + "$'";
      }
    }
    return null;
  }

  private @Nullable String messages(JsonNode messages) {
    if (!messages.isArray() || messages.isEmpty()) {
      return "messages: at least one message is required";
    }
    var before = "assistant";
    for (var i = 0; i < messages.size(); i++) {
      var place = "messages." + i;
      var role = messages.get(i).path("role").asString("");
      if (!role.equals("user") && !role.equals("assistant")) {
        return place + ".role: Unexpected role \"" + role + "\"";
      }
      if (role.equals(before)) {
        return i == 0
            ? "messages: first message must use the \"user\" role"
            : "messages: roles must alternate between \"user\" and \"assistant\"";
      }
      var fault = content(messages.get(i).path("content"), role, place + ".content");
      if (fault != null) {
        return fault;
      }
      before = role;
    }
    return before.equals("user") ? null : "messages: the last one must use the \"user\" role";
  }

  private @Nullable String content(JsonNode content, String role, String place) {
    if (content.isString() && !content.stringValue().isBlank()) {
      return unanswered(role, place);
    }
    if (!content.isArray() || content.isEmpty()) {
      return place + ": messages must have non-empty content";
    }
    var results = true;
    for (var block : content) {
      var isResult = block.path("type").asString("").equals("tool_result");
      if (isResult && !results) {
        return place + ": tool_result blocks must come before all others";
      }
      results = isResult;
      var fault = block(block, role, place);
      if (fault != null) {
        return fault;
      }
    }
    return unanswered(role, place);
  }

  private @Nullable String unanswered(String role, String place) {
    return role.equals("assistant") || open.isEmpty()
        ? null
        : place
            + ": `tool_use` ids were found without `tool_result` blocks immediately after: "
            + String.join(", ", open);
  }

  private @Nullable String block(JsonNode block, String role, String place) {
    var user = role.equals("user");
    return switch (block.path("type").asString("")) {
      case "text" ->
          block.path("text").asString("").isBlank()
              ? place + ": text content blocks must contain non-whitespace text"
              : null;
      case "tool_use" -> user ? place + ": unexpected `tool_use`" : use(block, place);
      case "tool_result" -> user ? result(block, place) : place + ": unexpected `tool_result`";
      default -> place + ".type: Input should be 'text', 'tool_use' or 'tool_result'";
    };
  }

  private @Nullable String use(JsonNode block, String place) {
    var id = block.path("id").asString("");
    if (!ID.matcher(id).matches()) {
      return place + ".tool_use.id: String should match pattern '^" + ID + "$'";
    }
    if (!ids.add(id)) {
      return place + ": `tool_use` ids must be unique";
    }
    open.add(id);
    if (!TOOL_NAME.matcher(block.path("name").asString("")).matches()) {
      return place + ".tool_use.name: String should match pattern '^" + TOOL_NAME + "$'";
    }
    return block.path("input").isObject()
        ? null
        : place + ".tool_use.input: Input should be a valid dictionary";
  }

  private @Nullable String result(JsonNode block, String place) {
    if (!open.remove(block.path("tool_use_id").asString(""))) {
      return place + ": unexpected `tool_use_id` found in `tool_result` blocks";
    }
    var content = block.path("content");
    if (!content.isString() && !content.isArray()) {
      return place + ".tool_result.content: Input should be a valid string";
    }
    return block.has("is_error") && !block.path("is_error").isBoolean()
        ? place + ".tool_result.is_error: Input should be a valid boolean"
        : null;
  }
}
