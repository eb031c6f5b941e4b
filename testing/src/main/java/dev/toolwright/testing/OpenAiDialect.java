package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Chat Completions as OpenAI speaks it.
record OpenAiDialect() implements Dialect {
  @Override
  public @Nullable Answer refusal(HttpExchange exchange, JsonNode body, @Nullable String key) {
    if (key != null && !("Bearer " + key).equals(Dialect.header(exchange, "Authorization"))) {
      return error(401, "Incorrect API key provided.", null, "invalid_api_key");
    }
    if (!Dialect.header(exchange, "Content-Type").startsWith("application/json")) {
      return error(415, "Unsupported Content-Type; use application/json", null, null);
    }
    var fault = ChatRules.fault(body);
    return fault == null ? null : error(400, fault.message(), fault.param(), null);
  }

  @Override
  public JsonNode canonical(JsonNode body) {
    return body;
  }

  @Override
  public Answer answer(ObjectNode completion) {
    return new Answer(200, completion);
  }

  @Override
  public List<Frame> frames(JsonNode answer, JsonNode request) {
    return new ChatChunks(answer, request).frames();
  }

  @Override
  public Frame errorFrame(JsonNode error) {
    return Frame.of("", error);
  }

  @Override
  public Answer error(int status, String message, @Nullable String param, @Nullable String code) {
    var body = JsonNodeFactory.instance.objectNode();
    body.putObject("error")
        .put("message", message)
        .put("type", status < 500 ? "invalid_request_error" : "server_error")
        .put("param", param)
        .put("code", code);
    return new Answer(status, body);
  }
}
