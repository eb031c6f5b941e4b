package dev.toolwright.expression;

import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// `${…}` references in JSON: `${input.customer.name}`, `${items[0]}`. One that is a whole value
/// keeps its type; inside a text it becomes text. What is filled in is data and is never looked at
/// for references again. `$${` stands for a literal `${`.
public final class References {
  private static final Pattern SEGMENT = Pattern.compile("[^.\\[\\]{}$\\s]+");

  private References() {}

  /// A reference: the names and numbers on the way to its value, at least one.
  public record Path(List<String> segments) {
    public Path {
      segments = List.copyOf(segments);
    }

    public String root() {
      return segments.getFirst();
    }

    @Override
    public String toString() {
      return "${" + String.join(".", segments) + "}";
    }

    /// @throws UnresolvedReference naming what is not there
    JsonNode in(Map<String, JsonNode> names) throws UnresolvedReference {
      var at = names.get(root());
      for (var segment : segments.subList(1, segments.size())) {
        at = at == null ? null : step(at, segment);
      }
      if (at == null) {
        throw new UnresolvedReference(this + " refers to nothing");
      }
      return at;
    }

    private static @Nullable JsonNode step(JsonNode at, String segment) {
      return at.isArray() && segment.matches("[0-9]{1,9}")
          ? at.get(Integer.parseInt(segment))
          : at.get(segment);
    }
  }

  /// A piece of a text: literal, or a reference.
  private sealed interface Part {
    record Literal(String text) implements Part {}

    record Reference(Path path) implements Part {}

    /// What looks like a reference and is none.
    record Malformed(String text) implements Part {}
  }

  /// The same tree with every reference filled in.
  ///
  /// @throws UnresolvedReference naming the first that refers to nothing
  public static JsonNode fill(JsonNode tree, Map<String, JsonNode> names)
      throws UnresolvedReference {
    return switch (tree) {
      case StringNode text -> filled(text, names);
      case ObjectNode object -> {
        var filled = Json.object();
        for (var field : object.properties()) {
          filled.set(field.getKey(), fill(field.getValue(), names));
        }
        yield filled;
      }
      case ArrayNode array -> {
        var filled = Json.array();
        for (var item : array) {
          filled.add(fill(item, names));
        }
        yield filled;
      }
      default -> tree;
    };
  }

  private static JsonNode filled(StringNode node, Map<String, JsonNode> names)
      throws UnresolvedReference {
    var text = node.stringValue();
    if (!text.contains("${")) {
      return node;
    }
    var parts = parts(text);
    if (parts.size() == 1 && parts.getFirst() instanceof Part.Reference(var path)) {
      return path.in(names);
    }
    var filled = new StringBuilder();
    for (var part : parts) {
      switch (part) {
        case Part.Literal(var literal) -> filled.append(literal);
        case Part.Malformed(var malformed) -> filled.append(malformed);
        case Part.Reference(var path) -> {
          var value = path.in(names);
          filled.append(value.isString() ? value.stringValue() : Json.write(value));
        }
      }
    }
    return StringNode.valueOf(filled.toString());
  }

  /// Gives every reference in a tree, and a sentence about each that is malformed.
  public static void visit(JsonNode tree, Consumer<Path> each, Consumer<String> malformed) {
    if (tree.isString()) {
      for (var part : parts(tree.stringValue())) {
        switch (part) {
          case Part.Reference(var path) -> each.accept(path);
          case Part.Malformed(var text) ->
              malformed.accept(text + " is no reference; write $${ for a literal ${");
          case Part.Literal _ -> {}
        }
      }
    } else {
      tree.values().forEach(value -> visit(value, each, malformed));
    }
  }

  /// A text that means itself.
  public static String literal(String text) {
    return text.replace("${", "$${");
  }

  private static List<Part> parts(String text) {
    var parts = new ArrayList<Part>();
    var literal = new StringBuilder();
    var at = 0;
    while (at < text.length()) {
      if (text.startsWith("$${", at)) {
        literal.append("${");
        at += 3;
      } else if (text.startsWith("${", at)) {
        var close = text.indexOf('}', at);
        var end = close < 0 ? text.length() : close + 1;
        if (!literal.isEmpty()) {
          parts.add(new Part.Literal(literal.toString()));
          literal.setLength(0);
        }
        parts.add(part(text.substring(at, end)));
        at = end;
      } else {
        literal.append(text.charAt(at++));
      }
    }
    if (!literal.isEmpty()) {
      parts.add(new Part.Literal(literal.toString()));
    }
    return parts;
  }

  private static Part part(String text) {
    var inside = text.endsWith("}") ? text.substring(2, text.length() - 1).strip() : "";
    var segments = new ArrayList<String>();
    for (var segment : inside.replace("[", ".").replace("]", "").split("\\.", -1)) {
      if (!SEGMENT.matcher(segment).matches()) {
        return new Part.Malformed(text);
      }
      segments.add(segment);
    }
    return new Part.Reference(new Path(segments));
  }
}
