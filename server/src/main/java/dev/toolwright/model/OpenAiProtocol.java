package dev.toolwright.model;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's Chat Completions, as OpenAI, compatible servers, Azure and Ollama speak it. They differ
/// in address and credential only.
final class OpenAiProtocol implements Protocol {
  private static final Pattern DEPLOYMENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final Access access;
  private final Function<String, @Nullable URI> endpoint;

  private OpenAiProtocol(Access access, Function<String, @Nullable URI> endpoint) {
    this.access = access;
    this.endpoint = endpoint;
  }

  /// OpenAI, or a server that took its place.
  static OpenAiProtocol openAi(Access access) {
    return fixed(access, access.path(), null);
  }

  /// Ollama's compatible side, whether its address is given with `/v1` or without.
  static OpenAiProtocol ollama(Access access) {
    var path = access.path();
    return fixed(access, path.endsWith("/v1") ? path : path + "/v1", null);
  }

  /// Azure: by deployment for a version that is a date, else its unified side, where the model is
  /// in the body as everywhere.
  static OpenAiProtocol azure(Access access, String version) {
    var path = access.path();
    if (path.endsWith("/openai/v1")) {
      path = path.substring(0, path.length() - "/openai/v1".length());
    } else if (Character.isDigit(version.charAt(0))) {
      var deployments = (path.endsWith("/openai") ? path : path + "/openai") + "/deployments/";
      return new OpenAiProtocol(
          access,
          model ->
              DEPLOYMENT.matcher(model).matches()
                  ? access.at(deployments + model + "/chat/completions", "api-version=" + version)
                  : null);
    } else if (path.endsWith("/openai")) {
      path = path.substring(0, path.length() - "/openai".length());
    }
    var query =
        version.equals("preview") || version.equals("latest") ? "api-version=" + version : null;
    return fixed(access, path + "/openai/v1", query);
  }

  private static OpenAiProtocol fixed(Access access, String path, @Nullable String query) {
    var address = access.at(path + "/chat/completions", query);
    return new OpenAiProtocol(access, _ -> address);
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public @Nullable URI endpoint(String model) {
    return endpoint.apply(model);
  }

  @Override
  public Map<String, String> headers(String idempotencyKey) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("Idempotency-Key", idempotencyKey);
    var key = access.key();
    if (key != null && access.provider() == Provider.AZURE) {
      headers.put("api-key", key);
    } else if (key != null) {
      headers.put("Authorization", "Bearer " + key);
    }
    return headers;
  }

  @Override
  public ObjectNode body(ChatRequest request, ToolNames names, Set<Option> options) {
    return OpenAiRequest.body(request, names, options);
  }

  @Override
  public ChatReply read(JsonNode body, ChatRequest request, ToolNames names) {
    return OpenAiReply.read(body, names, request.model(), access.provider().word());
  }

  @Override
  public Pieces pieces(Consumer<String> heard) {
    return new OpenAiPieces(heard);
  }

  @Override
  public Said said(int status, JsonNode body) {
    var error = body.path("error");
    return new Said(
        status == 200 ? status(error) : status,
        error.path("code").stringValue(""),
        error.path("message").stringValue(""),
        status == 400 || status == 422 ? refused(error) : null);
  }

  /// What a fault's status would have been, had it not come with 200.
  private static int status(JsonNode error) {
    for (var name : List.of("code", "status")) {
      var number = error.path(name).asInt(0);
      if (number >= 400 && number < 600) {
        return number;
      }
    }
    var says = error.path("code").stringValue("") + " " + error.path("type").stringValue("");
    if (says.contains("rate_limit")) {
      return 429;
    }
    if (says.contains("overloaded")) {
      return 503;
    }
    return says.contains("invalid_request") ? 400 : 500;
  }

  private static @Nullable Option refused(JsonNode error) {
    // Other servers check the body in ways of their own, but they name what they do not know.
    if (error.toString().contains("stream_options")) {
      return Option.STREAM_USAGE;
    }
    var code = error.path("code").stringValue("");
    if (!code.equals("unsupported_value") && !code.equals("unsupported_parameter")) {
      return null;
    }
    return switch (error.path("param").stringValue("")) {
      case "temperature" -> Option.TEMPERATURE;
      case "stream" -> Option.STREAM;
      default -> null;
    };
  }
}
