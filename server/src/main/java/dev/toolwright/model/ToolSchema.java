package dev.toolwright.model;

import dev.toolwright.json.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A tool's schema fitted to providers that demand, at its top, type object, `properties`, and no
/// combinators. Everything below the top, and every other keyword, stays as it is. The fitted
/// schema allows all that the tool's own allows, and the tool's own is what arguments are held to.
final class ToolSchema {
  private static final List<String> REFUSED = List.of("allOf", "anyOf", "oneOf", "not", "enum");

  private ToolSchema() {}

  /// The schema itself when it fits.
  static ObjectNode fitted(ObjectNode schema) {
    var fits =
        schema.path("type").asString("").equals("object")
            && schema.path("properties").isObject()
            && REFUSED.stream().noneMatch(schema::has);
    if (fits) {
      return schema;
    }
    var fitted = schema.deepCopy();
    fitted.put("type", "object");
    if (!fitted.path("properties").isObject()) {
      fitted.putObject("properties");
    }
    for (var keyword : REFUSED) {
      fitted.remove(keyword);
    }
    for (var keyword : List.of("allOf", "anyOf", "oneOf")) {
      for (var branch : schema.path(keyword)) {
        adopt(fitted, branch, keyword.equals("allOf"));
      }
    }
    return fitted;
  }

  /// Shows the properties of a branch; requires them only where every branch holds.
  private static void adopt(ObjectNode fitted, JsonNode branch, boolean holds) {
    var properties = (ObjectNode) fitted.path("properties");
    for (var property : branch.path("properties").properties()) {
      if (!properties.has(property.getKey())) {
        properties.set(property.getKey(), property.getValue());
      } else if (!properties.get(property.getKey()).equals(property.getValue())) {
        // Two branches disagree: the model may send either, the tool's own schema decides.
        properties.set(property.getKey(), Json.object());
      }
    }
    if (holds && branch.path("required") instanceof ArrayNode required) {
      var all = fitted.withArray("required");
      required.forEach(all::add);
    }
  }
}
