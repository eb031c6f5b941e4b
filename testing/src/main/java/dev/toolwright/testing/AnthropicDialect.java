package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's Messages.
record AnthropicDialect() implements Dialect {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  @Override
  public @Nullable Answer refusal(HttpExchange exchange, JsonNode body, @Nullable String key) {
    if (key != null && !key.equals(Dialect.header(exchange, "x-api-key"))) {
      return error(401, "invalid x-api-key", null, null);
    }
    if (!Dialect.header(exchange, "anthropic-version").equals("2023-06-01")) {
      return error(400, "anthropic-version: header is required", null, null);
    }
    if (!Dialect.header(exchange, "Content-Type").startsWith("application/json")) {
      return error(400, "content-type: application/json is required", null, null);
    }
    var fault = MessagesRules.fault(body);
    return fault == null ? null : error(400, fault, null, null);
  }

  @Override
  public JsonNode canonical(JsonNode body) {
    var canonical = NODES.objectNode().put("model", body.path("model").asString());
    var messages = canonical.putArray("messages");
    for (var message : body.path("messages")) {
      if (message.path("role").asString().equals("assistant")) {
        assistant(message.path("content"), messages.addObject().put("role", "assistant"));
      } else {
        user(message.path("content"), messages);
      }
    }
    var tools = canonical.putArray("tools");
    for (var tool : body.path("tools")) {
      tools.addObject().putObject("function").put("name", tool.path("name").asString());
    }
    return canonical;
  }

  private static void user(JsonNode content, ArrayNode messages) {
    if (content.isString()) {
      messages.addObject().put("role", "user").put("content", content.stringValue());
    }
    for (var block : content) {
      if (block.path("type").asString().equals("tool_result")) {
        messages
            .addObject()
            .put("role", "tool")
            .put("tool_call_id", block.path("tool_use_id").asString())
            .put("content", text(block.path("content")));
      } else {
        // Messages in a row come as blocks of one; only the last directs.
        messages.addObject().put("role", "user").put("content", block.path("text").asString());
      }
    }
  }

  private static void assistant(JsonNode content, ObjectNode message) {
    message.put("content", text(content));
    for (var block : content) {
      if (block.path("type").asString().equals("tool_use")) {
        message
            .withArray("tool_calls")
            .addObject()
            .put("id", block.path("id").asString())
            .putObject("function")
            .put("name", block.path("name").asString());
      }
    }
  }

  private static String text(JsonNode content) {
    if (content.isString()) {
      return content.stringValue();
    }
    var text = new StringBuilder();
    content.forEach(block -> text.append(block.path("text").asString("")));
    return text.toString();
  }

  @Override
  public Answer answer(ObjectNode completion) {
    var answer =
        NODES
            .objectNode()
            .put("id", completion.path("id").asString().replace("chatcmpl-", "msg_"))
            .put("type", "message")
            .put("role", "assistant")
            .put("model", completion.path("model").asString());
    var usage = completion.path("usage");
    answer
        .putObject("usage")
        .put("input_tokens", usage.path("prompt_tokens").asInt())
        .put("output_tokens", usage.path("completion_tokens").asInt());
    var choice = completion.path("choices").path(0);
    if (!choice.isMissingNode()) {
      content(choice.path("message"), answer.putArray("content"));
      answer.put("stop_reason", stopReason(choice)).putNull("stop_sequence");
    }
    return new Answer(200, answer);
  }

  private static String stopReason(JsonNode choice) {
    if (choice.path("message").path("refusal").isString()) {
      return "refusal";
    }
    return switch (choice.path("finish_reason").asString()) {
      case "length" -> "max_tokens";
      case "tool_calls" -> "tool_use";
      case "content_filter" -> "refusal";
      default -> "end_turn";
    };
  }

  private static void content(JsonNode message, ArrayNode content) {
    for (var said : new String[] {"content", "refusal"}) {
      if (message.path(said).isString()) {
        content.addObject().put("type", "text").put("text", message.path(said).stringValue());
      }
    }
    for (var call : message.path("tool_calls")) {
      content
          .addObject()
          .put("type", "tool_use")
          .put("id", call.path("id").asString())
          .put("name", call.path("function").path("name").asString())
          .set("input", input(call.path("function").path("arguments").asString()));
    }
  }

  /// What is no JSON stays a text, as a careless gateway would have it.
  private static JsonNode input(String arguments) {
    try {
      return FixtureServer.JSON.readTree(arguments);
    } catch (JacksonException e) {
      return NODES.stringNode(arguments);
    }
  }

  @Override
  public List<Frame> frames(JsonNode answer, JsonNode request) {
    return MessageEvents.of(answer);
  }

  @Override
  public Frame errorFrame(JsonNode error) {
    return Frame.of("error", error);
  }

  @Override
  public Answer error(int status, String message, @Nullable String param, @Nullable String code) {
    var body = NODES.objectNode().put("type", "error").put("request_id", "req_scripted");
    var type =
        switch (status) {
          case 401 -> "authentication_error";
          case 403 -> "permission_error";
          case 404 -> "not_found_error";
          case 413 -> "request_too_large";
          case 429 -> "rate_limit_error";
          case 529 -> "overloaded_error";
          default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    body.putObject("error").put("type", type).put("message", message);
    return new Answer(status, body);
  }
}
