package dev.toolwright.vault;

import dev.toolwright.json.Json;
import java.util.BitSet;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Takes the secrets of a call out of what the call gives back, in every form that a remote is
/// likely to echo: plain, JSON-escaped, percent-encoded, hex, and base64 wherever in the encoded
/// data they lie. A second line behind not handing secrets out: whoever wants to can hide a value
/// in a form that nobody looks for. Values of fewer than four characters stay, as they would take
/// ordinary text with them.
public final class Redaction {
  private static final int MIN_LENGTH = 4;
  private static final int HANDFUL = 20;
  private static final Redaction NONE = new Redaction(FormIndex.small());

  private final FormIndex secrets;

  private Redaction(FormIndex secrets) {
    this.secrets = secrets;
  }

  /// Changes nothing and costs nothing.
  public static Redaction none() {
    return NONE;
  }

  public static Redaction of(Collection<Secret> secrets) {
    var index = secrets.size() <= HANDFUL ? FormIndex.small() : FormIndex.large();
    secrets.stream()
        .map(Secret::value)
        .filter(value -> value.length() >= MIN_LENGTH)
        .forEach(index::add);
    return of(index);
  }

  static Redaction of(FormIndex index) {
    return index.isEmpty() ? NONE : new Redaction(index);
  }

  /// `text` with `***` in place of each secret.
  public String text(String text) {
    if (secrets.isEmpty()) {
      return text;
    }
    var spans = new Spans();
    secrets.find(text, spans);
    return spans.mask(text);
  }

  /// `node` with every string, name and number redacted; the same object if nothing was found. The
  /// given node is not changed.
  public JsonNode json(JsonNode node) {
    var clean = secrets.isEmpty() ? null : redacted(node);
    return clean == null ? node : clean;
  }

  @Override
  public String toString() {
    return secrets.isEmpty() ? "redaction of nothing" : "redaction of secrets";
  }

  /// Null where nothing was found.
  private @Nullable JsonNode redacted(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> object(object);
      case ArrayNode array -> array(array);
      default -> value(node);
    };
  }

  private @Nullable JsonNode value(JsonNode node) {
    if (!node.isString() && !node.isNumber()) {
      return null;
    }
    var text = node.asString();
    var clean = text(text);
    return clean.equals(text) ? null : StringNode.valueOf(clean);
  }

  private @Nullable JsonNode object(ObjectNode object) {
    var copy = Json.object();
    var changed = false;
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      var name = text(field.getKey());
      var value = redacted(field.getValue());
      changed |= value != null || !name.equals(field.getKey());
      copy.set(name, value == null ? field.getValue() : value);
    }
    return changed ? copy : null;
  }

  private @Nullable JsonNode array(ArrayNode array) {
    var copy = Json.array();
    var changed = false;
    for (var item : array) {
      var clean = redacted(item);
      changed |= clean != null;
      copy.add(clean == null ? item : clean);
    }
    return changed ? copy : null;
  }

  /// Places to mask in one text.
  static final class Spans {
    private @Nullable BitSet found;

    /// From `start`, included, to `end`, excluded.
    void add(int start, int end) {
      var marks = found;
      if (marks == null) {
        marks = new BitSet();
        found = marks;
      }
      marks.set(start, end);
    }

    String mask(String text) {
      var marks = found;
      if (marks == null) {
        return text;
      }
      var result = new StringBuilder();
      var kept = 0;
      for (var start = marks.nextSetBit(0); start >= 0; start = marks.nextSetBit(kept)) {
        result.append(text, kept, start).append(Secret.MASK);
        kept = marks.nextClearBit(start);
      }
      return result.append(text, kept, text.length()).toString();
    }
  }
}
