package dev.toolwright.model;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The events of Anthropic's Messages. Blocks have an index and a beginning and an end of their
/// own, so a piece that was doubled, lost or moved shows. Kinds of events and pieces that are not
/// known are skipped, as the provider asks for.
final class AnthropicPieces implements Pieces {
  private final Consumer<String> heard;
  private final Map<Integer, Block> blocks = new TreeMap<>();
  private final ObjectNode usage = Json.object();
  private @Nullable JsonNode model;
  private @Nullable String stop;
  private boolean started;
  private boolean ended;
  private long length;

  AnthropicPieces(Consumer<String> heard) {
    this.heard = heard;
  }

  private static final class Block {
    private final ObjectNode start;

    /// Text, or the arguments of a tool use.
    private final StringBuilder written = new StringBuilder();

    private boolean open = true;

    Block(ObjectNode start) {
      this.start = start;
    }

    boolean is(String type) {
      return start.path("type").stringValue("").equals(type);
    }
  }

  @Override
  public Taken take(JsonNode event) {
    var fits =
        switch (event.path("type").stringValue("")) {
          case "message_start" -> start(event.path("message"));
          case "content_block_start" -> startBlock(event);
          case "content_block_delta" -> add(event);
          case "content_block_stop" -> stopBlock(event);
          case "message_delta" -> stop(event);
          case "message_stop" -> end();
          default -> true;
        };
    if (!fits) {
      return Taken.UNFIT;
    }
    if (length > MAX_LENGTH) {
      return Taken.TOO_LONG;
    }
    return ended ? Taken.END : Taken.MORE;
  }

  private boolean start(JsonNode message) {
    var first = !started;
    started = true;
    model = message.get("model");
    count(message.path("usage"));
    return first;
  }

  private boolean startBlock(JsonNode event) {
    if (!(event.path("content_block") instanceof ObjectNode start)
        || !started
        || blocks.containsKey(index(event))) {
      return false;
    }
    var block = new Block(start);
    blocks.put(index(event), block);
    if (block.is("text")) {
      say(block, start.path("text").stringValue(""));
    }
    return true;
  }

  private boolean add(JsonNode event) {
    var block = open(event);
    if (block == null) {
      return false;
    }
    var delta = event.path("delta");
    switch (delta.path("type").stringValue("")) {
      case "text_delta" -> say(block, delta.path("text").stringValue(""));
      case "input_json_delta" -> write(block, delta.path("partial_json").stringValue(""));
      default -> {}
    }
    return true;
  }

  private void say(Block block, String text) {
    write(block, text);
    if (!text.isEmpty()) {
      heard.accept(text);
    }
  }

  private void write(Block block, String piece) {
    block.written.append(piece);
    length += piece.length();
  }

  private boolean stopBlock(JsonNode event) {
    var block = open(event);
    if (block != null) {
      block.open = false;
    }
    return block != null;
  }

  private @Nullable Block open(JsonNode event) {
    var block = blocks.get(index(event));
    return block != null && block.open ? block : null;
  }

  private static int index(JsonNode event) {
    return event.path("index").intValue(-1);
  }

  private boolean stop(JsonNode event) {
    stop = event.path("delta").path("stop_reason").stringValue(stop);
    count(event.path("usage"));
    return started;
  }

  /// What is told again counts for all so far.
  private void count(JsonNode told) {
    told.properties()
        .forEach(entry -> {
          if (entry.getValue().isNumber()) {
            usage.set(entry.getKey(), entry.getValue());
          }
        });
  }

  private boolean end() {
    ended = true;
    return started;
  }

  @Override
  public boolean isComplete() {
    return ended && stop != null && blocks.values().stream().noneMatch(block -> block.open);
  }

  @Override
  public ObjectNode body() {
    var body = Json.object().put("stop_reason", stop);
    body.set("model", model);
    body.set("usage", usage);
    var content = body.putArray("content");
    for (var block : blocks.values()) {
      if (block.is("text")) {
        block.start.put("text", block.written.toString());
      } else if (block.is("tool_use") && !block.written.isEmpty()) {
        block.start.set("input", input(block.written.toString()));
      }
      content.add(block.start);
    }
    return body;
  }

  /// What is no JSON stays the text it is, and is held against the tool's schema like any other.
  private static JsonNode input(String written) {
    try {
      return Json.parse(written);
    } catch (MalformedJson e) {
      return Json.tree(written);
    }
  }
}
