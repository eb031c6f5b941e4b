package dev.toolwright.tool;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Fits arguments to a schema where the meaning is beyond doubt: defaults are filled in, `"5"`
/// becomes 5 for a number, JSON in a string becomes the object it spells, an optional null is left
/// out. What is left is for the schema to judge.
final class Arguments {
  private Arguments() {}

  static ObjectNode fit(ObjectNode schema, ObjectNode arguments) {
    return (ObjectNode) fitObject(schema, arguments);
  }

  private static JsonNode fitValue(JsonNode schema, JsonNode value) {
    var types = types(schema);
    if (types.isEmpty() || types.contains(type(value))) {
      return switch (value) {
        case ObjectNode object -> fitObject(schema, object);
        case ArrayNode array -> fitItems(schema, array);
        default -> value;
      };
    }
    return coerce(types, value).map(coerced -> fitValue(schema, coerced)).orElse(value);
  }

  private static JsonNode fitObject(JsonNode schema, ObjectNode value) {
    if (!(schema.path("properties") instanceof ObjectNode properties)) {
      return value;
    }
    var required = new TreeSet<String>();
    schema.path("required").forEach(name -> required.add(name.asString("")));
    var fitted = value.deepCopy();
    for (var property : properties.properties()) {
      var name = property.getKey();
      var given = fitted.get(name);
      if (given != null
          && given.isNull()
          && !required.contains(name)
          && !types(property.getValue()).contains("null")) {
        fitted.remove(name);
        given = null;
      }
      if (given == null) {
        if (property.getValue().has("default")) {
          fitted.set(name, property.getValue().get("default").deepCopy());
        }
      } else {
        fitted.set(name, fitValue(property.getValue(), given));
      }
    }
    return fitted;
  }

  private static JsonNode fitItems(JsonNode schema, ArrayNode value) {
    if (!schema.path("items").isObject()) {
      return value;
    }
    var fitted = Json.array();
    value.forEach(item -> fitted.add(fitValue(schema.get("items"), item)));
    return fitted;
  }

  /// What the value clearly means in one of these types; empty when it does not.
  private static Optional<JsonNode> coerce(Set<String> types, JsonNode value) {
    if (value.isString()) {
      return spelled(types, value.asString().strip());
    }
    return types.contains("string") && (value.isNumber() || value.isBoolean())
        ? Optional.of(StringNode.valueOf(value.asString()))
        : Optional.empty();
  }

  private static Optional<JsonNode> spelled(Set<String> types, String text) {
    try {
      var parsed = Json.parse(text);
      return types.contains(type(parsed)) ? Optional.of(parsed) : Optional.empty();
    } catch (MalformedJson _) {
      return Optional.empty();
    }
  }

  private static Set<String> types(JsonNode schema) {
    var type = schema.path("type");
    var types = new TreeSet<String>();
    if (type.isString()) {
      types.add(type.asString());
    }
    type.forEach(one -> types.add(one.asString("")));
    if (types.contains("number")) {
      types.add("integer");
    }
    return types;
  }

  private static String type(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT, POJO -> "object";
      case ARRAY -> "array";
      case STRING, BINARY -> "string";
      case BOOLEAN -> "boolean";
      case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
      case NULL, MISSING -> "null";
    };
  }
}
