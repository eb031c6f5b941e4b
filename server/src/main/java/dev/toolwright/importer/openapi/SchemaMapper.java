package dev.toolwright.importer.openapi;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Makes schemas of a document into JSON Schema 2020-12 that is closed in itself: references are
/// replaced by what they mean and cut where they lead to themselves, `allOf` is merged, OpenAPI's
/// own words are translated or dropped, and so is what is no valid schema.
final class SchemaMapper {
  private static final Set<String> TYPES =
      Set.of("object", "array", "string", "number", "integer", "boolean", "null");
  private static final int LONGEST_TEXT = 500;
  private static final int LONGEST_VALUE = 200;
  private static final int DEEPEST = 50;
  private static final String DEEP = "Deeply nested: what lies deeper is left open";

  private final Document document;
  private final int levels;
  private int left;
  private int depth;
  private final Set<String> warnings = new LinkedHashSet<>();

  /// The schemas would be larger than wanted.
  static final class TooLarge extends RuntimeException {
    TooLarge() {
      super(null, null, false, false);
    }
  }

  /// The references that lead to where we are.
  private record Refs(String ref, @Nullable Refs above, int depth) {
    private static final Refs NONE = new Refs("", null, 0);

    Refs with(String more) {
      return new Refs(more, this, depth + 1);
    }

    boolean has(String wanted) {
      return ref.equals(wanted) || (above != null && above.has(wanted));
    }
  }

  /// @param levels how deep references may lie in what other references mean
  /// @param budget how many values all schemas together may have
  SchemaMapper(Document document, int levels, int budget) {
    this.document = document;
    this.levels = levels;
    this.left = budget;
  }

  Set<String> warnings() {
    return warnings;
  }

  int left() {
    return left;
  }

  /// @throws TooLarge beyond the budget
  /// @throws Unfit when it refers to something outside of the document
  ObjectNode mapped(JsonNode schema) throws Unfit {
    return mapped(schema, Refs.NONE) instanceof ObjectNode object ? object : Json.object();
  }

  private JsonNode mapped(JsonNode schema, Refs refs) throws Unfit {
    take(1);
    if (schema.isBoolean()) {
      return schema;
    }
    if (!(schema instanceof ObjectNode given)) {
      warnings.add("Something that is no schema stands where one should; it is left open");
      return Json.object();
    }
    if (depth == DEEPEST) {
      warnings.add(DEEP);
      return Json.object();
    }
    depth++;
    try {
      return given.path("$ref").isString()
          ? referred(given, given.get("$ref").asString(), refs)
          : own(given, refs);
    } finally {
      depth--;
    }
  }

  private ObjectNode referred(ObjectNode given, String ref, Refs refs) throws Unfit {
    var target = document.find(ref);
    var beside = Json.object().setAll(given);
    beside.remove("$ref");
    var result = own(beside, refs);
    if (target.isMissingNode()) {
      warnings.add("Refers to " + Document.shown(ref) + ", which is not in the document");
    } else if (refs.has(ref) || refs.depth() >= levels) {
      warnings.add(
          refs.has(ref)
              ? Document.shown(ref) + " contains itself: what lies deeper is left open"
              : DEEP);
      if (target.path("type").isString() && TYPES.contains(target.get("type").asString())) {
        result.set("type", target.get("type"));
      }
    } else if (mapped(target, refs.with(ref)) instanceof ObjectNode meant) {
      AllOf.merge(result, meant);
    }
    nullable(given, result);
    return result;
  }

  private ObjectNode own(ObjectNode given, Refs refs) throws Unfit {
    var result = Json.object();
    for (var field : given.properties()) {
      keyword(field.getKey(), field.getValue(), result, refs);
    }
    exclusive(given, "exclusiveMinimum", "minimum", result);
    exclusive(given, "exclusiveMaximum", "maximum", result);
    examples(given, result);
    for (var part : given.path("allOf")) {
      if (mapped(part, refs) instanceof ObjectNode meant) {
        AllOf.merge(result, meant);
      }
    }
    if (result.path("type").asString("").equals("array")
        && !result.has("items")
        && !result.has("prefixItems")) {
      result.putObject("items");
    }
    nullable(given, result);
    byDefault(given, result);
    return result;
  }

  private void keyword(String name, JsonNode value, ObjectNode result, Refs refs) throws Unfit {
    switch (name) {
      case "properties", "patternProperties", "dependentSchemas" ->
          named(name, value, result, refs);
      case "items",
          "contains",
          "not",
          "additionalProperties",
          "propertyNames",
          "if",
          "then",
          "else" -> {
        if (value.isObject() || value.isBoolean()) {
          result.set(name, mapped(value, refs));
        }
      }
      case "oneOf", "anyOf", "prefixItems" -> {
        if (value instanceof ArrayNode list && !list.isEmpty()) {
          var all = result.putArray(name);
          for (var one : list) {
            all.add(mapped(one, refs));
          }
        }
      }
      case "type" -> type(value, result);
      case "required" -> texts(name, value, result);
      case "pattern" -> {
        if (value.isString() && isPattern(value.asString())) {
          result.set(name, value);
        }
      }
      case "title", "description" -> {
        if (value.isString() && !value.asString().isBlank()) {
          result.put(name, text(value.asString()));
        }
      }
      default -> plain(name, value, result);
    }
  }

  private void plain(String name, JsonNode value, ObjectNode result) {
    Predicate<JsonNode> fits =
        switch (name) {
          case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties" ->
              found -> found.isIntegralNumber() && found.asDouble(-1) >= 0;
          case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum" -> JsonNode::isNumber;
          case "multipleOf" -> found -> found.isNumber() && found.doubleValue() > 0;
          case "uniqueItems", "deprecated", "readOnly", "writeOnly" -> JsonNode::isBoolean;
          case "format", "contentEncoding", "contentMediaType" -> JsonNode::isString;
          case "enum" -> found -> found.isArray() && !found.isEmpty();
          case "const" -> _ -> true;
          default -> _ -> false;
        };
    if (fits.test(value)) {
      take(size(value));
      result.set(name, value);
    }
  }

  private void named(String name, JsonNode value, ObjectNode result, Refs refs) throws Unfit {
    if (!value.isObject()) {
      return;
    }
    var all = result.putObject(name);
    for (var one : value.properties()) {
      if (!name.equals("patternProperties") || isPattern(one.getKey())) {
        all.set(one.getKey(), mapped(one.getValue(), refs));
      }
    }
  }

  private void type(JsonNode value, ObjectNode result) {
    var types = new LinkedHashSet<String>();
    (value.isArray() ? value : List.of(value)).forEach(one -> types.add(one.asString("")));
    if (types.remove("file")) {
      types.add("string");
    }
    if (!TYPES.containsAll(types)) {
      warnings.add("Has a type that JSON Schema does not know; it is left open");
      types.retainAll(TYPES);
    }
    if (types.size() == 1) {
      result.put("type", types.getFirst());
    } else if (!types.isEmpty()) {
      types.forEach(result.putArray("type")::add);
    }
  }

  private void texts(String name, JsonNode value, ObjectNode result) {
    if (value.isArray()) {
      var names = new LinkedHashSet<String>();
      value.forEach(one -> names.add(one.asString("")));
      take(names.size());
      names.forEach(result.putArray(name)::add);
    }
  }

  private boolean isPattern(String regex) {
    try {
      Pattern.compile(regex);
      return true;
    } catch (PatternSyntaxException _) {
      warnings.add("A pattern is left out: it is not in RE2 syntax");
      return false;
    }
  }

  /// OpenAPI 3.0 says `minimum: 5, exclusiveMinimum: true`.
  private static void exclusive(ObjectNode given, String word, String bound, ObjectNode result) {
    if (given.path(word).isBoolean() && given.get(word).booleanValue() && result.has(bound)) {
      result.set(word, result.remove(bound));
    }
  }

  private void examples(ObjectNode given, ObjectNode result) {
    var examples = new ArrayList<JsonNode>();
    if (given.has("example")) {
      examples.add(given.get("example"));
    }
    given.path("examples").forEach(examples::add);
    examples.stream()
        .filter(one -> !one.isNull() && Json.write(one).length() <= LONGEST_VALUE)
        .findFirst()
        .ifPresent(one -> {
          take(size(one));
          result.putArray("examples").add(one);
        });
  }

  /// OpenAPI 3.0 says `nullable: true`.
  private static void nullable(ObjectNode given, ObjectNode result) {
    if (!given.path("nullable").asBoolean(false)) {
      return;
    }
    if (result.path("type").isString()) {
      var type = result.get("type").asString();
      result.putArray("type").add(type).add("null");
    } else if (result.get("type") instanceof ArrayNode types) {
      addOnce(types, Json.tree("null"));
    }
    for (var word : List.of("oneOf", "anyOf")) {
      if (!result.has("type") && result.get(word) instanceof ArrayNode branches) {
        addOnce(branches, Json.object().put("type", "null"));
      }
    }
    if (result.get("enum") instanceof ArrayNode values) {
      var more = values.deepCopy();
      addOnce(more, Json.tree(null));
      result.set("enum", more);
    }
  }

  private static void addOnce(ArrayNode list, JsonNode value) {
    for (var one : list) {
      if (one.equals(value)) {
        return;
      }
    }
    list.add(value);
  }

  /// The remote's default is told, not sent: what a call does not name, it does not touch.
  private static void byDefault(ObjectNode given, ObjectNode result) {
    var value = given.path("default");
    if (value.isMissingNode() || value.isNull() || Json.write(value).length() > LONGEST_VALUE) {
      return;
    }
    var said = result.path("description").asString("");
    if (!said.contains("efault")) {
      result.put(
          "description",
          (said.isEmpty() ? "" : said + (said.endsWith(".") ? " " : ". "))
              + "Default: "
              + (value.isString() ? value.asString() : Json.write(value)));
    }
  }

  /// Takes out of an object and all in it what is only ever sent the other way.
  ///
  /// @param marker `readOnly` for requests, `writeOnly` for answers
  static void direct(JsonNode schema, String marker) {
    if (schema instanceof ObjectNode object && object.get("properties") instanceof ObjectNode all) {
      var gone = new ArrayList<String>();
      for (var property : all.properties()) {
        if (property.getValue().path(marker).asBoolean(false)) {
          gone.add(property.getKey());
        }
      }
      all.remove(gone);
      if (object.get("required") instanceof ArrayNode required) {
        var kept = Json.array();
        required.forEach(name -> {
          if (!gone.contains(name.asString(""))) {
            kept.add(name);
          }
        });
        object.set("required", kept);
      }
    }
    schema.forEach(inner -> direct(inner, marker));
  }

  /// Hears of each.
  void tell(Consumer<String> listener) {
    warnings.forEach(listener);
  }

  static String text(String text) {
    return text(text, LONGEST_TEXT);
  }

  /// A text without its outer white space, cut at a word where it is longer than `most`.
  static String text(String given, int most) {
    var text = given.strip();
    if (text.length() <= most) {
      return text;
    }
    var space = text.lastIndexOf(' ', most - 1);
    var end = space > most / 2 ? space : most - 1;
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end)
            .stripTrailing()
        + "…";
  }

  private void take(int values) {
    left -= values;
    if (left < 0 || Thread.currentThread().isInterrupted()) {
      throw new TooLarge();
    }
  }

  private static int size(JsonNode value) {
    var size = 1 + (value.isString() ? value.asString().length() / LONGEST_TEXT : 0);
    for (var inner : value) {
      size += size(inner);
    }
    return size;
  }
}
