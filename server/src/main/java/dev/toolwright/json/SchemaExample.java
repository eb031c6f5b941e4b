package dev.toolwright.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A minimal valid example of a JSON Schema: only what is required, the smallest or the given
/// values. It shows people and models the shape that is meant. Always answers; where keywords
/// contradict each other or need a search (`not`, `if`, an intricate `pattern`), it may miss.
public final class SchemaExample {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_ITEMS = 32;
  private static final int MAX_NODES = 500;

  private final JsonNode root;
  private int nodes;

  private SchemaExample(JsonNode root) {
    this.root = root;
  }

  /// An example of `schema`, a JSON Schema object or boolean. Equal schemas give equal examples.
  public static JsonNode of(JsonNode schema) {
    return new SchemaExample(schema).example(schema, 0);
  }

  private JsonNode example(JsonNode given, int depth) {
    // Both bounds: a schema may refer to itself at many places at once.
    if (++nodes > MAX_NODES || depth > MAX_DEPTH || !given.isObject()) {
      return Json.object();
    }
    var schema = flattened(given, depth);
    for (var keyword : List.of("const", "default")) {
      if (schema.has(keyword)) {
        return schema.get(keyword);
      }
    }
    for (var keyword : List.of("enum", "examples")) {
      if (schema.path(keyword).isArray() && !schema.get(keyword).isEmpty()) {
        return schema.get(keyword).get(0);
      }
    }
    return switch (type(schema)) {
      case "object" -> object(schema, depth);
      case "array" -> array(schema, depth);
      case "integer" -> NumberExample.of(schema, true);
      case "number" -> NumberExample.of(schema, false);
      case "boolean" -> JsonNodeFactory.instance.booleanNode(false);
      case "null" -> JsonNodeFactory.instance.nullNode();
      default -> JsonNodeFactory.instance.stringNode(StringExample.of(schema));
    };
  }

  private JsonNode object(ObjectNode schema, int depth) {
    var example = Json.object();
    var properties = schema.path("properties");
    for (var name : schema.path("required")) {
      var key = name.asString();
      if (example.has(key) || nodes > MAX_NODES) {
        continue;
      }
      var property =
          properties.has(key) ? properties.get(key) : schema.path("additionalProperties");
      example.set(key, example(property.isObject() ? property : Json.object(), depth + 1));
    }
    for (var property : properties.properties()) {
      if (example.size() >= schema.path("minProperties").intValue(0)) {
        break;
      }
      if (!example.has(property.getKey())) {
        example.set(property.getKey(), example(property.getValue(), depth + 1));
      }
    }
    return example;
  }

  private JsonNode array(ObjectNode schema, int depth) {
    var example = Json.array();
    var contains = schema.has("contains") ? schema.path("minContains").intValue(1) : 0;
    var size = Math.min(Math.max(schema.path("minItems").intValue(0), contains), MAX_ITEMS);
    var prefix = schema.path("prefixItems");
    for (var i = 0; i < size && nodes <= MAX_NODES; i++) {
      var item =
          i < prefix.size()
              ? prefix.get(i)
              : schema.path(schema.has("contains") ? "contains" : "items");
      var value = example(item.isObject() ? item : Json.object(), depth + 1);
      example.add(
          schema.path("uniqueItems").booleanValue(false) ? distinct(value, item, example) : value);
    }
    return example;
  }

  private static JsonNode distinct(JsonNode value, JsonNode schema, ArrayNode taken) {
    for (var candidate : schema.path("enum")) {
      if (!contains(taken, candidate)) {
        return candidate;
      }
    }
    if (!contains(taken, value)) {
      return value;
    }
    return value.isNumber()
        ? JsonNodeFactory.instance.numberNode(value.decimalValue().intValue() + taken.size())
        : JsonNodeFactory.instance.stringNode(value.asString() + (taken.size() + 1));
  }

  private static boolean contains(ArrayNode array, JsonNode value) {
    for (var item : array) {
      if (item.equals(value)) {
        return true;
      }
    }
    return false;
  }

  /// The schema with local references, `allOf`, and the first of `anyOf` and `oneOf` merged in.
  private ObjectNode flattened(JsonNode given, int depth) {
    var result = Json.object();
    var pending = new ArrayList<JsonNode>(List.of(given));
    for (var i = 0; i < pending.size() && i < MAX_DEPTH + depth; i++) {
      var part = pending.get(i);
      merge(result, part);
      var referred = referred(part.path("$ref").stringValue(""));
      if (referred != null) {
        pending.add(referred);
      }
      part.path("allOf").forEach(pending::add);
      for (var keyword : List.of("anyOf", "oneOf")) {
        if (!part.path(keyword).isEmpty()) {
          pending.add(preferred(part.path(keyword)));
        }
      }
    }
    return result;
  }

  /// The first branch that is not just null.
  private static JsonNode preferred(JsonNode branches) {
    for (var branch : branches) {
      if (!branch.path("type").asString("").equals("null")) {
        return branch;
      }
    }
    return branches.get(0);
  }

  private @Nullable JsonNode referred(String reference) {
    if (!reference.startsWith("#")) {
      return null;
    }
    var target = root;
    for (var step : reference.substring(1).split("/", -1)) {
      target = step.isEmpty() ? target : target.path(step.replace("~1", "/").replace("~0", "~"));
    }
    return target.isObject() ? target : null;
  }

  private static void merge(ObjectNode into, JsonNode part) {
    for (Map.Entry<String, JsonNode> keyword : part.properties()) {
      var name = keyword.getKey();
      var value = keyword.getValue();
      if (name.equals("properties") && into.path(name) instanceof ObjectNode properties) {
        value.properties().forEach(p -> both(properties, p.getKey(), p.getValue()));
      } else if (name.equals("required") && into.path(name) instanceof ArrayNode required) {
        value.forEach(required::add);
      } else if (!into.has(name)) {
        // A copy, because later parts are merged into it.
        into.set(name, value.deepCopy());
      }
    }
  }

  private static void both(ObjectNode properties, String name, JsonNode schema) {
    if (!properties.has(name)) {
      properties.set(name, schema);
    } else if (!properties.get(name).equals(schema)) {
      var both = Json.object();
      both.putArray("allOf").add(properties.get(name)).add(schema);
      properties.set(name, both);
    }
  }

  private static String type(ObjectNode schema) {
    var type = schema.path("type");
    if (type.isString()) {
      return type.stringValue();
    }
    for (var one : type) {
      if (!one.asString("").equals("null")) {
        return one.asString("");
      }
    }
    return type.isArray() && !type.isEmpty() ? "null" : implied(schema);
  }

  private static String implied(ObjectNode schema) {
    if (schema.has("properties") || schema.has("required")) {
      return "object";
    }
    if (schema.has("items") || schema.has("prefixItems") || schema.has("minItems")) {
      return "array";
    }
    return schema.has("minimum") || schema.has("maximum") || schema.has("multipleOf")
        ? "number"
        : "string";
  }
}
