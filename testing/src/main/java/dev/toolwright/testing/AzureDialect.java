package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Chat Completions as Azure speaks it, by deployment or at its unified address. Its filter turns
/// the whole request down.
record AzureDialect() implements Dialect {
  private static final Pattern DATED =
      Pattern.compile("api-version=\\d{4}-\\d\\d-\\d\\d(-preview)?");
  private static final Pattern UNIFIED = Pattern.compile("|api-version=(v1|preview|latest)");
  private static final OpenAiDialect OPENAI = new OpenAiDialect();

  @Override
  public @Nullable Answer refusal(HttpExchange exchange, JsonNode body, @Nullable String key) {
    var query =
        exchange.getRequestURI().getQuery() == null ? "" : exchange.getRequestURI().getQuery();
    var version =
        exchange.getRequestURI().getPath().startsWith("/openai/deployments/") ? DATED : UNIFIED;
    if (key != null && !key.equals(Dialect.header(exchange, "api-key"))) {
      return error(401, "Access denied due to invalid subscription key.", null, "401");
    }
    if (!version.matcher(query).matches()) {
      return version == DATED
          ? error(404, "Resource not found", null, "404")
          : error(400, "API version not supported", null, "BadRequest");
    }
    if (body.has("stream_options") && isOld(query)) {
      return error(
          400, "Unrecognized request argument supplied: stream_options", null, "BadRequest");
    }
    // The key is in its own header, so any other rule is OpenAI's.
    return OPENAI.refusal(exchange, body, null);
  }

  /// Before this version nobody was told the usage at the end of a stream.
  private static boolean isOld(String query) {
    var date = query.replace("api-version=", "");
    return !date.isEmpty() && Character.isDigit(date.charAt(0)) && date.compareTo("2024-09-01") < 0;
  }

  @Override
  public JsonNode canonical(JsonNode body) {
    return body;
  }

  @Override
  public Answer answer(ObjectNode completion) {
    var choice = completion.path("choices").path(0);
    if (choice.path("finish_reason").asString("").equals("content_filter")) {
      var refused =
          error(
              400,
              "The response was filtered due to the prompt triggering the content policy.",
              "prompt",
              "content_filter");
      ((ObjectNode) refused.body().path("error"))
          .putObject("innererror")
          .put("code", "ResponsibleAIPolicyViolation");
      return refused;
    }
    completion.putArray("prompt_filter_results").addObject().put("prompt_index", 0);
    if (choice instanceof ObjectNode object) {
      object.putObject("content_filter_results");
    }
    return new Answer(200, completion);
  }

  /// What was found in the prompt comes first, in a chunk that is empty otherwise.
  @Override
  public List<Frame> frames(JsonNode answer, JsonNode request) {
    var found = JsonNodeFactory.instance.objectNode();
    found.putArray("choices");
    found.put("created", 0).put("id", "").put("model", "").put("object", "");
    found.set("prompt_filter_results", answer.path("prompt_filter_results"));
    var frames = new ArrayList<Frame>();
    frames.add(Frame.of("", found));
    frames.addAll(OPENAI.frames(answer, request));
    return frames;
  }

  @Override
  public Frame errorFrame(JsonNode error) {
    return OPENAI.errorFrame(error);
  }

  @Override
  public Answer error(int status, String message, @Nullable String param, @Nullable String code) {
    var body = JsonNodeFactory.instance.objectNode();
    body.putObject("error")
        .put("code", code == null ? Integer.toString(status) : code)
        .put("message", message)
        .put("param", param)
        .put("status", status);
    return new Answer(status, body);
  }
}
