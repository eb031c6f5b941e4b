package dev.toolwright.importer.openapi;

import dev.toolwright.connection.Auth;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The arguments of a tool, in one flat schema. Who comes first keeps its name; a later one is told
/// apart by its place: `id` in the path, then `body_id`.
final class ArgumentList {
  private static final int LONGEST = 64;

  /// Names of secrets are nobody's.
  private final Set<String> taken = new HashSet<>(Auth.PLACES);

  private final ObjectNode properties = Json.object();
  private final List<String> required = new ArrayList<>();
  private final ObjectNode declared = Json.object();
  private JsonNode others = Json.tree(false);

  /// @param place where the value goes, such as `query`
  /// @return the argument's name
  String add(String place, String name, JsonNode schema, boolean isRequired) {
    var argument = unused(place, name);
    // What allows anything, said in the way that every model's provider takes.
    properties.set(argument, schema.isBoolean() ? Json.object() : schema);
    if (isRequired) {
      required.add(argument);
    }
    return argument;
  }

  /// Keeps a parameter in the document's words, to be shown again.
  void declare(String list, String name, JsonNode schema, boolean isRequired) {
    var one =
        declared
            .withArray(list)
            .addObject()
            .put("name", name)
            .put("type", schema.path("type").asString("string"))
            .put("required", isRequired);
    if (schema.path("description").isString()) {
      one.set("description", schema.get("description"));
    }
  }

  void declareBody(ObjectNode schema) {
    declared.set("bodySchema", schema.deepCopy());
  }

  /// What else there may be; nothing, unless somebody says otherwise.
  void others(JsonNode schema) {
    others = schema;
  }

  ObjectNode schema() {
    var schema = Json.object().put("type", "object");
    schema.set("properties", properties);
    if (!required.isEmpty()) {
      required.forEach(schema.putArray("required")::add);
    }
    schema.set("additionalProperties", others);
    return schema;
  }

  ObjectNode declared() {
    return declared;
  }

  private String unused(String place, String wanted) {
    var fitted = cut(wanted.replaceAll("[^A-Za-z0-9_-]+", "_").replaceAll("^_+|_+$", ""), LONGEST);
    var name = fitted.isEmpty() ? place : fitted;
    if (taken.contains(name)) {
      name = cut(place + "_" + name, LONGEST);
    }
    var candidate = name;
    for (var n = 2; !taken.add(candidate); n++) {
      candidate = cut(name, LONGEST - 5) + "_" + n;
    }
    return candidate;
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length);
  }
}
