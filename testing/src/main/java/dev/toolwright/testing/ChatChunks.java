package dev.toolwright.testing;

import dev.toolwright.testing.Dialect.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A completion in the chunks of a stream of Chat Completions: the role alone, pieces of text,
/// calls one after the other (id and name, then pieces of arguments), the reason it finished, the
/// usage if it was asked for, and `[DONE]`.
final class ChatChunks {
  private final JsonNode answer;
  private final boolean usage;
  private final List<Frame> frames = new ArrayList<>();

  ChatChunks(JsonNode answer, JsonNode request) {
    this.answer = answer;
    this.usage = request.path("stream_options").path("include_usage").booleanValue(false);
  }

  List<Frame> frames() {
    for (var choice : answer.path("choices")) {
      var message = choice.path("message");
      delta(delta -> delta.put("role", "assistant").put("content", "").putNull("refusal"));
      for (var said : List.of("content", "refusal")) {
        for (var piece : Dialect.pieces(message.path(said).asString(""))) {
          delta(delta -> delta.put(said, piece));
        }
      }
      for (var i = 0; i < message.path("tool_calls").size(); i++) {
        call(i, message.path("tool_calls").get(i));
      }
      chunk(one -> one.set("finish_reason", choice.path("finish_reason")));
    }
    if (usage) {
      var last = envelope();
      last.putArray("choices");
      last.set("usage", answer.path("usage"));
      frames.add(Frame.of("", last));
    }
    frames.add(new Frame("", "[DONE]"));
    return frames;
  }

  private void call(int index, JsonNode call) {
    var function = call.path("function");
    delta(delta ->
        delta
            .putArray("tool_calls")
            .addObject()
            .put("index", index)
            .put("id", call.path("id").asString())
            .put("type", "function")
            .putObject("function")
            .put("name", function.path("name").asString())
            .put("arguments", ""));
    for (var piece : Dialect.pieces(function.path("arguments").asString(""))) {
      delta(delta ->
          delta
              .putArray("tool_calls")
              .addObject()
              .put("index", index)
              .putObject("function")
              .put("arguments", piece));
    }
  }

  private void delta(Consumer<ObjectNode> content) {
    chunk(choice -> content.accept((ObjectNode) choice.path("delta")));
  }

  private void chunk(Consumer<ObjectNode> content) {
    var chunk = envelope();
    var choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.putObject("delta");
    choice.putNull("logprobs").putNull("finish_reason");
    content.accept(choice);
    frames.add(Frame.of("", chunk));
  }

  private ObjectNode envelope() {
    var chunk = JsonNodeFactory.instance.objectNode();
    chunk.put("id", answer.path("id").asString()).put("object", "chat.completion.chunk");
    chunk.set("created", answer.path("created"));
    chunk.put("model", answer.path("model").asString()).put("system_fingerprint", "fp_scripted");
    if (usage) {
      chunk.putNull("usage");
    }
    return chunk;
  }
}
