package dev.toolwright.vault;

import dev.toolwright.json.Json;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
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
  private static final Redaction NONE = new Redaction(List.of());

  private final List<SecretForms> secrets;

  private Redaction(List<SecretForms> secrets) {
    this.secrets = secrets;
  }

  /// Changes nothing and costs nothing.
  public static Redaction none() {
    return NONE;
  }

  public static Redaction of(Collection<Secret> secrets) {
    var forms =
        secrets.stream()
            .map(Secret::reveal)
            .filter(value -> value.length() >= MIN_LENGTH)
            .distinct()
            .map(SecretForms::new)
            .toList();
    return forms.isEmpty() ? NONE : new Redaction(forms);
  }

  /// `text` with `***` in place of each secret.
  public String text(String text) {
    var spans = new Spans();
    for (var secret : secrets) {
      secret.find(text, spans);
    }
    return spans.mask(text);
  }

  /// `node` with every string, name and number redacted; the same object if nothing was found. The
  /// given node is not changed.
  public JsonNode json(JsonNode node) {
    if (secrets.isEmpty()) {
      return node;
    }
    var clean = redacted(node);
    return clean.equals(node) ? node : clean;
  }

  @Override
  public String toString() {
    return "redaction of " + secrets.size() + " secrets";
  }

  private JsonNode redacted(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> object(object);
      case ArrayNode array -> array(array);
      default -> value(node);
    };
  }

  private JsonNode value(JsonNode node) {
    if (!node.isString() && !node.isNumber()) {
      return node;
    }
    var text = node.asString();
    var clean = text(text);
    return clean.equals(text) ? node : StringNode.valueOf(clean);
  }

  private JsonNode object(ObjectNode object) {
    var copy = Json.object();
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      copy.set(text(field.getKey()), redacted(field.getValue()));
    }
    return copy;
  }

  private JsonNode array(ArrayNode array) {
    var copy = Json.array();
    array.forEach(item -> copy.add(redacted(item)));
    return copy;
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
