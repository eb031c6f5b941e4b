package dev.toolwright.testing;

import dev.toolwright.testing.Dialect.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A message in the events of a stream of Anthropic's Messages, from `message_start` to
/// `message_stop`, with a `ping` where the provider sends its first.
final class MessageEvents {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final List<Frame> frames = new ArrayList<>();

  private MessageEvents() {}

  static List<Frame> of(JsonNode answer) {
    var events = new MessageEvents();
    events.start(answer);
    for (var i = 0; i < answer.path("content").size(); i++) {
      events.block(i, answer.path("content").get(i));
      if (i == 0) {
        events.add("ping", NODES.objectNode());
      }
    }
    if (answer.path("stop_reason").isString()) {
      var end = NODES.objectNode();
      end.putObject("delta")
          .put("stop_reason", answer.path("stop_reason").stringValue())
          .putNull("stop_sequence");
      end.putObject("usage").set("output_tokens", answer.path("usage").path("output_tokens"));
      events.add("message_delta", end);
    }
    events.add("message_stop", NODES.objectNode());
    return events.frames;
  }

  private void start(JsonNode answer) {
    var message = (ObjectNode) answer.deepCopy();
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    ((ObjectNode) message.path("usage")).put("output_tokens", 1);
    add("message_start", NODES.objectNode().set("message", message));
  }

  private void block(int index, JsonNode block) {
    var start = NODES.objectNode().put("index", index);
    var isText = block.path("type").asString().equals("text");
    var begun = (ObjectNode) block.deepCopy();
    if (isText) {
      begun.put("text", "");
    } else {
      begun.putObject("input");
    }
    add("content_block_start", start.set("content_block", begun));
    var written = isText ? block.path("text").asString() : input(block.path("input"));
    if (!isText) {
      delta(index, "input_json_delta", "partial_json", "");
    }
    for (var piece : Dialect.pieces(written)) {
      delta(
          index,
          isText ? "text_delta" : "input_json_delta",
          isText ? "text" : "partial_json",
          piece);
    }
    add("content_block_stop", NODES.objectNode().put("index", index));
  }

  /// What the model wrote, be it JSON or not.
  private static String input(JsonNode input) {
    return input.isString()
        ? Objects.requireNonNull(input.stringValue())
        : FixtureServer.JSON.writeValueAsString(input);
  }

  private void delta(int index, String type, String name, String piece) {
    var event = NODES.objectNode().put("index", index);
    event.putObject("delta").put("type", type).put(name, piece);
    add("content_block_delta", event);
  }

  private void add(String type, JsonNode data) {
    var event = NODES.objectNode().put("type", type);
    event.setAll((ObjectNode) data);
    frames.add(Frame.of(type, event));
  }
}
