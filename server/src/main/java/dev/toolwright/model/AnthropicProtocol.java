package dev.toolwright.model;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's Messages.
final class AnthropicProtocol implements Protocol {
  private static final String VERSION = "2023-06-01";

  private final Access access;
  private final URI endpoint;

  /// @param access its address with `/v1` or, as the vendor's libraries have it, without
  AnthropicProtocol(Access access) {
    this.access = access;
    var path = access.path();
    this.endpoint =
        access.at(path.endsWith("/v1") ? path + "/messages" : path + "/v1/messages", null);
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public URI endpoint(String model) {
    return endpoint;
  }

  @Override
  public Map<String, String> headers(String idempotencyKey) {
    var key = access.key();
    return key == null
        ? Map.of("anthropic-version", VERSION)
        : Map.of("anthropic-version", VERSION, "x-api-key", key);
  }

  @Override
  public ObjectNode body(ChatRequest request, ToolNames names, Set<Option> options) {
    return new AnthropicRequest(request, names).body(options);
  }

  @Override
  public ChatReply read(JsonNode body, ChatRequest request, ToolNames names) {
    return AnthropicReply.read(body, request, names);
  }

  @Override
  public Pieces pieces(Consumer<String> heard) {
    return new AnthropicPieces(heard);
  }

  @Override
  public Said said(int status, JsonNode body) {
    var error = body.path("error");
    var type = error.path("type").stringValue("");
    var message = error.path("message").stringValue("");
    var invalid = type.equals("invalid_request_error");
    return new Said(
        status == 200 ? status(type) : status,
        code(type, message),
        message,
        invalid && message.contains("temperature") ? Option.TEMPERATURE : null);
  }

  private static String code(String type, String message) {
    if (type.equals("billing_error") || message.contains("credit balance is too low")) {
      return "insufficient_quota";
    }
    return message.contains("prompt is too long") ? "context_length_exceeded" : type;
  }

  private static int status(String type) {
    return switch (type) {
      case "invalid_request_error" -> 400;
      case "authentication_error" -> 401;
      case "permission_error" -> 403;
      case "not_found_error" -> 404;
      case "request_too_large" -> 413;
      case "rate_limit_error" -> 429;
      case "timeout_error" -> 504;
      case "overloaded_error" -> 529;
      default -> 500;
    };
  }
}
