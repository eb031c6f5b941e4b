package dev.toolwright.model;

import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The chunks of Chat Completions. Lenient where compatible servers differ: calls without index, or
/// several under one, whole calls in one chunk, a name that is repeated.
final class OpenAiPieces implements Pieces {
  private final Consumer<String> heard;
  private final StringBuilder content = new StringBuilder();
  private final StringBuilder refusal = new StringBuilder();
  private final List<Call> calls = new ArrayList<>();

  /// By index, the call to which the next fragment belongs.
  private final Map<Integer, Call> current = new HashMap<>();

  private @Nullable Call last;
  private boolean hasContent;
  private @Nullable String finish;
  private @Nullable JsonNode model;
  private @Nullable JsonNode usage;
  private long length;

  OpenAiPieces(Consumer<String> heard) {
    this.heard = heard;
  }

  private static final class Call {
    private final int index;
    private String id = "";
    private String name = "";
    private final StringBuilder arguments = new StringBuilder();

    Call(int index) {
      this.index = index;
    }
  }

  @Override
  public Taken take(JsonNode chunk) {
    if (!chunk.path("model").stringValue("").isBlank()) {
      model = chunk.get("model");
    }
    if (chunk.path("usage").isObject()) {
      usage = chunk.get("usage");
    }
    for (var choice : chunk.path("choices")) {
      if (choice.path("index").intValue(0) == 0) {
        take(choice.path(choice.has("delta") ? "delta" : "message"), choice);
      }
    }
    return length > MAX_LENGTH ? Taken.TOO_LONG : Taken.MORE;
  }

  private void take(JsonNode delta, JsonNode choice) {
    var text = OpenAiReply.text(delta.path("content"));
    if (text != null) {
      hasContent = true;
      append(content, text);
      if (!text.isEmpty()) {
        heard.accept(text);
      }
    }
    append(refusal, delta.path("refusal").stringValue(""));
    for (var fragment : delta.path("tool_calls")) {
      take(fragment, call(fragment));
    }
    if (!choice.path("finish_reason").stringValue("").isBlank()) {
      finish = choice.path("finish_reason").stringValue();
    }
  }

  /// The call that a fragment goes on with, or begins.
  private Call call(JsonNode fragment) {
    var id = fragment.path("id").stringValue("");
    var index = fragment.path("index");
    var known = index.isInt() ? current.get(index.intValue()) : last;
    if (known == null || !(id.isBlank() || known.id.isBlank() || id.equals(known.id))) {
      known = new Call(index.isInt() ? index.intValue() : calls.size());
      calls.add(known);
      current.put(known.index, known);
    }
    last = known;
    return known;
  }

  private void take(JsonNode fragment, Call call) {
    var id = fragment.path("id").stringValue("");
    call.id = id.isBlank() ? call.id : id;
    var name = fragment.path("function").path("name").stringValue("");
    if (!name.equals(call.name)) {
      call.name += name;
      length += name.length();
    }
    var arguments = fragment.path("function").path("arguments");
    append(
        call.arguments,
        arguments.isContainer() ? Json.write(arguments) : arguments.stringValue(""));
  }

  private void append(StringBuilder target, String piece) {
    target.append(piece);
    length += piece.length();
  }

  @Override
  public boolean isComplete() {
    return finish != null;
  }

  @Override
  public ObjectNode body() {
    var body = Json.object();
    body.set("model", model);
    body.set("usage", usage);
    var choice = body.putArray("choices").addObject().put("finish_reason", finish);
    var message = choice.putObject("message");
    message.put("content", hasContent ? content.toString() : null);
    message.put("refusal", refusal.isEmpty() ? null : refusal.toString());
    calls.sort(Comparator.comparingInt(call -> call.index));
    for (var call : calls) {
      message
          .withArray("tool_calls")
          .addObject()
          .put("id", call.id)
          .putObject("function")
          .put("name", call.name)
          .put("arguments", call.arguments.toString());
    }
    return body;
  }
}
