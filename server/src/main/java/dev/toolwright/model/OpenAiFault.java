package dev.toolwright.model;

import static dev.toolwright.model.ChatReply.Unavailable.DROPPED;
import static dev.toolwright.model.ChatReply.Unavailable.OVERLOADED;
import static dev.toolwright.model.ChatReply.Unavailable.RATE_LIMITED;
import static dev.toolwright.model.ChatReply.Unavailable.SERVER_ERROR;
import static dev.toolwright.model.ChatReply.Unavailable.TIMEOUT;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressResponse;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.time.Clock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a failed exchange with an OpenAI-compatible provider means, in words that may be shown.
final class OpenAiFault {
  private static final int MAX_DETAIL = 300;
  private static final Pattern KEYS = Pattern.compile("\\b(sk|pk|key)-[\\w*.-]+");
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\s]+");

  static final ChatReply TIMED_OUT =
      unavailable("The model provider did not answer in time", TIMEOUT);

  private final @Nullable String key;

  /// @param key removed from whatever the provider says
  OpenAiFault(@Nullable String key) {
    this.key = key;
  }

  static ChatReply of(EgressException e) {
    return switch (e.kind()) {
      case DENIED ->
          new ChatReply.Rejected(
              "The model provider's address is not allowed or does not exist: check"
                  + " OPENAI_BASE_URL, and TOOLWRIGHT_EGRESS_ALLOW if it is a private address");
      case TIMEOUT -> TIMED_OUT;
      case UNREACHABLE -> unavailable("The model provider cannot be reached", DROPPED);
      case BROKEN -> unavailable("The connection to the model provider broke", DROPPED);
      case TOO_LARGE -> new ChatReply.Malformed("The model provider's answer is too long");
    };
  }

  /// Whether the provider turned the request down only for its temperature.
  static boolean refusesTemperature(EgressResponse response) {
    if (response.status() != 400) {
      return false;
    }
    var error = error(response);
    var code = code(error);
    return error.path("param").stringValue("").equals("temperature")
        && (code.equals("unsupported_value") || code.equals("unsupported_parameter"));
  }

  /// What a response with another status than 200 means.
  ChatReply of(EgressResponse response, Clock clock) {
    return of(response.status(), error(response), response, clock);
  }

  /// What a fault inside a body with status 200 means.
  ChatReply inside(JsonNode error, EgressResponse response, Clock clock) {
    return of(error.path("code").intValue(500), error, response, clock);
  }

  private ChatReply of(int status, JsonNode error, EgressResponse response, Clock clock) {
    var code = code(error);
    if (code.equals("content_filter")) {
      return new ChatReply.Refused("The provider's content filter refused the request", Usage.NONE);
    }
    if (code.equals("insufficient_quota")) {
      return new ChatReply.Rejected(
          "The model provider's quota is used up: check the plan that OPENAI_API_KEY belongs to");
    }
    if (status >= 500 || status == 408 || status == 409 || status == 429) {
      return new ChatReply.Unavailable(
          "The model provider cannot answer now (status " + status + ")",
          RetryAfter.of(response, clock),
          kind(status));
    }
    return new ChatReply.Rejected(reason(status, code) + detail(status, error));
  }

  private static String kind(int status) {
    return switch (status) {
      case 429 -> RATE_LIMITED;
      case 503, 529 -> OVERLOADED;
      case 408, 504 -> TIMEOUT;
      default -> SERVER_ERROR;
    };
  }

  private static String reason(int status, String code) {
    if (code.equals("context_length_exceeded") || status == 413) {
      return "The conversation is longer than the model accepts";
    }
    return switch (status) {
      case 401 -> "The model provider does not accept the key: check OPENAI_API_KEY";
      case 403 -> "The model provider does not allow this: check the rights of OPENAI_API_KEY";
      case 404 ->
          "The model provider knows no such model or address: check the agent's model,"
              + " TOOLWRIGHT_MODEL_ALIASES and OPENAI_BASE_URL (it usually ends in /v1)";
      case 400, 422 ->
          "The model provider refused the request: check the agent's model, temperature and tools";
      default -> "The model provider answered with status " + status + ": check OPENAI_BASE_URL";
    };
  }

  /// The provider's own sentence, when its subject is the request and not the credential.
  private String detail(int status, JsonNode error) {
    var message = error.path("message").stringValue("");
    if (status == 401 || status == 403 || message.isBlank()) {
      return "";
    }
    if (key != null) {
      message = message.replace(key, "***");
    }
    message = CONTROL.matcher(KEYS.matcher(message).replaceAll("***")).replaceAll(" ").strip();
    return ". It says: "
        + (message.length() > MAX_DETAIL ? message.substring(0, MAX_DETAIL) + "…" : message);
  }

  private static String code(JsonNode error) {
    return error.path("code").stringValue("");
  }

  private static JsonNode error(EgressResponse response) {
    try {
      return Json.parse(response.body()).path("error");
    } catch (MalformedJson e) {
      return Json.object().path("error");
    }
  }

  private static ChatReply unavailable(String message, String kind) {
    return new ChatReply.Unavailable(message, null, kind);
  }
}
