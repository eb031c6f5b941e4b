package dev.toolwright.api.customtools;

import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `parameters: [{name, type, required, …}]`, which says what a JSON Schema says.
final class ParameterList {
  private static final int MOST = 200;
  private static final List<String> TYPES =
      List.of("string", "number", "integer", "boolean", "array", "object");

  /// Words of the list, and of JSON Schema for the same.
  private static final Map<String, String> KEYWORDS =
      Map.of(
          "description", "description",
          "default", "default",
          "min", "minimum",
          "max", "maximum",
          "minLength", "minLength",
          "maxLength", "maxLength",
          "pattern", "pattern",
          "enum", "enum",
          "format", "format");

  private ParameterList() {}

  /// The schema that a field holds in either spelling; null when it is absent.
  static @Nullable ObjectNode read(Fields in, String name) {
    if (in.any(name) instanceof ObjectNode schema) {
      return schema.has("type") || schema.has("properties") || schema.isEmpty()
          ? schema
          : Json.object().put("type", "object").set("properties", schema);
    }
    var items = in.items(name, MOST);
    return items == null ? null : schema(items);
  }

  private static ObjectNode schema(List<Fields> items) {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    var required = schema.putArray("required");
    for (var item : items) {
      var name = item.requiredText("name", 1, 100);
      if (properties.has(name)) {
        item.fault("name", "is given twice");
      }
      properties.set(name, property(item));
      if (item.bool("required", false)) {
        required.add(name);
      }
    }
    return schema;
  }

  private static ObjectNode property(Fields in) {
    var property = Json.object();
    var type = in.choice("type", TYPES);
    if (type != null) {
      property.put("type", type);
    }
    KEYWORDS.forEach((word, keyword) -> {
      var value = in.any(word);
      if (value != null) {
        property.set(keyword, value);
      }
    });
    var items = in.any("items");
    if (items != null) {
      property.set("items", items.isString() ? Json.object().set("type", items) : items);
    }
    var properties = in.any("properties");
    if (properties instanceof ArrayNode) {
      var inner = schema(List.copyOf(orEmpty(in.items("properties", MOST))));
      property.setAll(inner);
    } else if (properties != null) {
      property.set("properties", properties);
    }
    return property;
  }

  private static List<Fields> orEmpty(@Nullable List<Fields> items) {
    return items == null ? List.of() : items;
  }

  /// The list that a schema of an object says.
  static ArrayNode shown(ObjectNode schema) {
    var list = Json.array();
    var required = schema.path("required");
    for (var property : schema.path("properties").properties()) {
      var item = list.addObject().put("name", property.getKey());
      var type = property.getValue().path("type");
      if (!type.isMissingNode()) {
        item.set("type", type);
      }
      item.put("required", names(required, property.getKey()));
      KEYWORDS.forEach((word, keyword) -> {
        var value = property.getValue().get(keyword);
        if (value != null) {
          item.set(word, value);
        }
      });
      for (var word : List.of("items", "properties")) {
        if (property.getValue().has(word)) {
          item.set(word, property.getValue().get(word));
        }
      }
    }
    return list;
  }

  private static boolean names(JsonNode list, String name) {
    for (var one : list) {
      if (one.asString("").equals(name)) {
        return true;
      }
    }
    return false;
  }
}
