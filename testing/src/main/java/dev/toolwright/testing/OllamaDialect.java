package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Chat Completions as Ollama speaks it: a stream repeats the role in each chunk, and a call comes
/// whole.
record OllamaDialect() implements Dialect {
  private static final OpenAiDialect OPENAI = new OpenAiDialect();

  @Override
  public @Nullable Answer refusal(HttpExchange exchange, JsonNode body, @Nullable String key) {
    return OPENAI.refusal(exchange, body, key);
  }

  @Override
  public JsonNode canonical(JsonNode body) {
    return body;
  }

  @Override
  public Answer answer(ObjectNode completion) {
    return OPENAI.answer(completion.put("system_fingerprint", "fp_ollama"));
  }

  @Override
  public List<Frame> frames(JsonNode answer, JsonNode request) {
    var frames = new ArrayList<Frame>();
    for (var choice : answer.path("choices")) {
      var message = choice.path("message");
      for (var piece : Dialect.pieces(message.path("content").asString(""))) {
        frames.add(chunk(answer, null, delta -> delta.put("content", piece)));
      }
      if (message.path("refusal").isString()) {
        frames.add(chunk(answer, null, delta -> delta.set("refusal", message.get("refusal"))));
      }
      for (var i = 0; i < message.path("tool_calls").size(); i++) {
        var call = (ObjectNode) message.path("tool_calls").get(i).deepCopy();
        call.put("index", i);
        frames.add(chunk(answer, null, delta -> delta.putArray("tool_calls").add(call)));
      }
      frames.add(chunk(answer, choice.path("finish_reason").asString(), _ -> {}));
    }
    if (request.path("stream_options").path("include_usage").booleanValue(false)) {
      var last = envelope(answer);
      last.putArray("choices");
      frames.add(Frame.of("", last.set("usage", answer.path("usage"))));
    }
    frames.add(new Frame("", "[DONE]"));
    return frames;
  }

  private static Frame chunk(
      JsonNode answer, @Nullable String finish, Consumer<ObjectNode> content) {
    var chunk = envelope(answer);
    var choice = chunk.putArray("choices").addObject().put("index", 0);
    content.accept(choice.putObject("delta").put("role", "assistant").put("content", ""));
    choice.put("finish_reason", finish);
    return Frame.of("", chunk);
  }

  private static ObjectNode envelope(JsonNode answer) {
    var chunk = JsonNodeFactory.instance.objectNode();
    chunk.put("id", answer.path("id").asString()).put("object", "chat.completion.chunk");
    chunk.set("created", answer.path("created"));
    return chunk
        .put("model", answer.path("model").asString())
        .put("system_fingerprint", "fp_ollama");
  }

  @Override
  public Answer error(int status, String message, @Nullable String param, @Nullable String code) {
    return OPENAI.error(status, message, param, code);
  }

  @Override
  public Frame errorFrame(JsonNode error) {
    return OPENAI.errorFrame(error);
  }
}
