package dev.toolwright.importer.openapi;

import dev.toolwright.json.Json;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Makes one schema of several that must all hold. What cannot be said in one stays under `allOf`.
final class AllOf {
  /// Where the first that says something wins: they describe, and forbid nothing.
  private static final Set<String> ANNOTATIONS =
      Set.of("title", "description", "examples", "format", "deprecated", "readOnly", "writeOnly");

  private static final Set<String> LOWER_BOUNDS =
      Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");
  private static final Set<String> UPPER_BOUNDS =
      Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");

  private AllOf() {}

  /// Adds to `into` all that `part` demands.
  static void merge(ObjectNode into, ObjectNode part) {
    for (var field : part.properties()) {
      var name = field.getKey();
      var before = into.get(name);
      if (before == null) {
        into.set(name, field.getValue());
      } else if (!before.equals(field.getValue()) && !ANNOTATIONS.contains(name)) {
        both(into, name, before, field.getValue());
      }
    }
  }

  private static void both(ObjectNode into, String name, JsonNode one, JsonNode other) {
    if (one instanceof ObjectNode first && other instanceof ObjectNode second) {
      switch (name) {
        case "properties", "patternProperties" -> named(first, second);
        case "items", "additionalProperties" -> merge(first, second);
        default -> beside(into, name, other);
      }
    } else if (name.equals("required") || name.equals("allOf")) {
      var all = new LinkedHashSet<JsonNode>();
      one.forEach(all::add);
      other.forEach(all::add);
      into.set(name, Json.array().addAll(all));
    } else if (name.equals("type") || name.equals("enum")) {
      var common = common(name.equals("type"), one, other);
      if (common.isEmpty()) {
        beside(into, name, other);
      } else {
        into.set(name, name.equals("type") && common.size() == 1 ? common.get(0) : common);
      }
    } else if (one.isNumber() && other.isNumber()) {
      bound(into, name, one, other);
    } else if (name.equals("additionalProperties") && (one.isBoolean() || other.isBoolean())) {
      // Each part means its own properties; together they are what may be there.
      into.set(name, isTrue(one) ? other : isTrue(other) ? one : Json.tree(false));
    } else {
      beside(into, name, other);
    }
  }

  private static boolean isTrue(JsonNode node) {
    return node.isBoolean() && node.booleanValue();
  }

  private static void named(ObjectNode first, ObjectNode second) {
    for (var property : second.properties()) {
      var before = first.get(property.getKey());
      if (before instanceof ObjectNode mine && property.getValue() instanceof ObjectNode other) {
        merge(mine, other);
      } else if (before == null || isTrue(before)) {
        first.set(property.getKey(), property.getValue());
      }
    }
  }

  private static void bound(ObjectNode into, String name, JsonNode one, JsonNode other) {
    var isSmaller = one.doubleValue() < other.doubleValue();
    if (LOWER_BOUNDS.contains(name)) {
      into.set(name, isSmaller ? other : one);
    } else if (UPPER_BOUNDS.contains(name)) {
      into.set(name, isSmaller ? one : other);
    } else {
      beside(into, name, other);
    }
  }

  private static ArrayNode common(boolean types, JsonNode one, JsonNode other) {
    var mine = one.isArray() ? one : List.of(one);
    var its = new LinkedHashSet<JsonNode>();
    (other.isArray() ? other : List.of(other)).forEach(its::add);
    if (types && its.contains(StringNode.valueOf("number"))) {
      its.add(StringNode.valueOf("integer"));
    }
    var common = Json.array();
    for (var value : mine) {
      if (its.contains(value)) {
        common.add(value);
      } else if (types
          && value.asString("").equals("number")
          && its.contains(StringNode.valueOf("integer"))) {
        common.add("integer");
      }
    }
    return common;
  }

  private static void beside(ObjectNode into, String name, JsonNode value) {
    into.withArray("allOf").addObject().set(name, value);
  }
}
