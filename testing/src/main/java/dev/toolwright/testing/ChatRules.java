package dev.toolwright.testing;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What a Chat Completions provider demands of a request. Where providers differ, the strictest:
/// arguments of past calls, for one, must be JSON objects (servers that fill chat templates parse
/// them).
final class ChatRules {
  private static final Pattern TOOL_NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final Set<String> FIELDS =
      Set.of(
          "model",
          "messages",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "temperature",
          "top_p",
          "n",
          "stream",
          "stream_options",
          "max_tokens",
          "max_completion_tokens",
          "stop",
          "presence_penalty",
          "frequency_penalty",
          "logit_bias",
          "logprobs",
          "top_logprobs",
          "response_format",
          "seed",
          "service_tier",
          "store",
          "metadata",
          "user",
          "safety_identifier",
          "prompt_cache_key",
          "reasoning_effort",
          "verbosity");

  private static final Set<String> STREAM_OPTIONS = Set.of("include_usage", "include_obfuscation");

  private ChatRules() {}

  /// A fault of a request, as the provider tells it.
  ///
  /// @param param the place in the body
  record Fault(String param, String message) {}

  /// The first fault of a request body, or null.
  static @Nullable Fault fault(JsonNode body) {
    if (!body.isObject()) {
      return new Fault("", "The body must be a JSON object.");
    }
    for (var name : body.propertyNames()) {
      if (!FIELDS.contains(name)) {
        return new Fault(name, "Unrecognized request argument supplied: " + name);
      }
    }
    if (body.path("model").asString("").isBlank()) {
      return new Fault("model", "you must provide a model parameter");
    }
    var stream = stream(body);
    if (stream != null) {
      return stream;
    }
    var temperature = body.path("temperature");
    if (body.has("temperature")
        && (!temperature.isNumber()
            || temperature.doubleValue() < 0
            || temperature.doubleValue() > 2)) {
      return new Fault("temperature", "'temperature' must be a number from 0 to 2.");
    }
    var tools = tools(body);
    return tools != null ? tools : messages(body.path("messages"));
  }

  private static @Nullable Fault stream(JsonNode body) {
    if (body.has("stream") && !body.path("stream").isBoolean()) {
      return new Fault("stream", "Invalid type for 'stream': expected a boolean.");
    }
    if (!body.has("stream_options")) {
      return null;
    }
    if (!body.path("stream").booleanValue(false)) {
      return new Fault(
          "stream_options",
          "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
    }
    var options = body.path("stream_options");
    return options.isObject()
            && STREAM_OPTIONS.containsAll(options.propertyNames())
            && options.valueStream().allMatch(JsonNode::isBoolean)
        ? null
        : new Fault("stream_options", "Unknown or invalid 'stream_options'.");
  }

  private static @Nullable Fault tools(JsonNode body) {
    if (!body.has("tools")) {
      return body.has("tool_choice") || body.has("parallel_tool_calls")
          ? new Fault("tool_choice", "'tool_choice' is only allowed when 'tools' are specified.")
          : null;
    }
    var tools = body.path("tools");
    if (!tools.isArray() || tools.isEmpty() || tools.size() > 128) {
      return new Fault("tools", "'tools' must be an array of 1 to 128 items.");
    }
    Set<String> names = new HashSet<>();
    for (var i = 0; i < tools.size(); i++) {
      var place = "tools[" + i + "].function";
      var function = tools.get(i).path("function");
      var name = function.path("name").asString("");
      if (!tools.get(i).path("type").asString("").equals("function")) {
        return new Fault("tools[" + i + "].type", "Supported values are: 'function'.");
      }
      if (!TOOL_NAME.matcher(name).matches()) {
        return new Fault(place + ".name", "Expected a string that matches " + TOOL_NAME);
      }
      if (!names.add(name)) {
        return new Fault(place + ".name", "Tool names must be unique: " + name);
      }
      var schema = schema(function.path("parameters"));
      if (schema != null) {
        return new Fault(place + ".parameters", schema);
      }
    }
    return null;
  }

  private static @Nullable String schema(JsonNode schema) {
    if (!schema.path("type").asString("").equals("object")
        || Stream.of("oneOf", "anyOf", "allOf", "enum", "not").anyMatch(schema::has)) {
      return "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at"
          + " the top level.";
    }
    return schema.path("properties").isObject() ? null : "object schema missing properties.";
  }

  private static @Nullable Fault messages(JsonNode messages) {
    if (!messages.isArray() || messages.isEmpty()) {
      return new Fault("messages", "'messages' must be an array of at least 1 item.");
    }
    Set<String> open = new LinkedHashSet<>();
    for (var i = 0; i < messages.size(); i++) {
      var fault = message(messages.get(i), "messages[" + i + "]", open);
      if (fault != null) {
        return fault;
      }
    }
    return open.isEmpty() ? null : unanswered("messages", open);
  }

  private static Fault unanswered(String place, Set<String> open) {
    return new Fault(
        place,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to"
            + " each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            + String.join(", ", open));
  }

  private static @Nullable Fault message(JsonNode message, String place, Set<String> open) {
    var role = message.path("role").asString("");
    if (role.equals("tool")) {
      if (!open.remove(message.path("tool_call_id").asString(""))) {
        return new Fault(
            place,
            "messages with role 'tool' must be a response to a preceeding message with"
                + " 'tool_calls'.");
      }
      return content(message, place);
    }
    if (!open.isEmpty()) {
      return unanswered(place, open);
    }
    return switch (role) {
      case "system", "developer", "user" -> content(message, place);
      case "assistant" ->
          message.has("tool_calls")
              ? calls(message.path("tool_calls"), place + ".tool_calls", open)
              : content(message, place);
      default ->
          new Fault(
              place + ".role",
              "Supported values are: 'system', 'assistant', 'user', 'tool', and 'developer'.");
    };
  }

  private static @Nullable Fault content(JsonNode message, String place) {
    var content = message.path("content");
    return content.isString() || content.isArray()
        ? null
        : new Fault(place + ".content", "expected a string or an array of parts");
  }

  private static @Nullable Fault calls(JsonNode calls, String place, Set<String> open) {
    if (!calls.isArray() || calls.isEmpty()) {
      return new Fault(place, "expected an array of at least 1 item");
    }
    for (var call : calls) {
      var function = call.path("function");
      if (!call.path("type").asString("").equals("function")
          || !TOOL_NAME.matcher(function.path("name").asString("")).matches()) {
        return new Fault(place, "expected a function call with a name that fits " + TOOL_NAME);
      }
      if (!isObject(function.path("arguments"))) {
        return new Fault(place, "expected arguments to be the text of a JSON object");
      }
      var id = call.path("id").asString("");
      if (id.isEmpty() || !open.add(id)) {
        return new Fault(place, "expected distinct tool call ids");
      }
    }
    return null;
  }

  private static boolean isObject(JsonNode arguments) {
    try {
      return arguments.isString()
          && FixtureServer.JSON.readTree(arguments.stringValue()).isObject();
    } catch (JacksonException e) {
      return false;
    }
  }
}
