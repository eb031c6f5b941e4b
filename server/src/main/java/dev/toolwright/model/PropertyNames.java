package dev.toolwright.model;

import dev.toolwright.json.Json;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The names of tools' arguments fitted to a provider that takes 1 to 64 of `A-Za-z0-9_.-`, and
/// back. A name that fits is left alone; arguments within arguments are not looked at.
final class PropertyNames {
  private static final int MAX_LENGTH = 64;
  private static final Pattern FITTING = Pattern.compile("[a-zA-Z0-9_.-]{1,64}");

  private final Map<String, Map<String, String>> outward = new HashMap<>();
  private final Map<String, Map<String, String>> inward = new HashMap<>();

  PropertyNames(List<ToolSpec> tools) {
    for (var tool : tools) {
      // What is sent has the properties of the schema's branches too.
      var properties = ToolSchema.fitted(tool.parametersSchema()).path("properties");
      Set<String> taken = new HashSet<>(properties.propertyNames());
      for (var name : properties.propertyNames()) {
        if (!FITTING.matcher(name).matches()) {
          var fitted = unused(name, taken);
          outward.computeIfAbsent(tool.name(), _ -> new HashMap<>()).put(name, fitted);
          inward.computeIfAbsent(tool.name(), _ -> new HashMap<>()).put(fitted, name);
        }
      }
    }
  }

  /// A schema of type object, fitted; itself when all its names fit.
  ObjectNode outwardSchema(String tool, ObjectNode schema) {
    var map = outward.getOrDefault(tool, Map.of());
    if (map.isEmpty()) {
      return schema;
    }
    var fitted = schema.deepCopy();
    fitted.set("properties", renamed((ObjectNode) schema.path("properties"), map));
    if (schema.path("required") instanceof ArrayNode required) {
      var names = fitted.putArray("required");
      for (var name : required) {
        var text = name.stringValue("");
        names.add(map.getOrDefault(text, text));
      }
    }
    return fitted;
  }

  /// Arguments as the provider knows them.
  ObjectNode outward(String tool, ObjectNode arguments) {
    return renamed(arguments, outward.getOrDefault(tool, Map.of()));
  }

  /// Arguments as the tool knows them.
  ObjectNode inward(String tool, ObjectNode arguments) {
    return renamed(arguments, inward.getOrDefault(tool, Map.of()));
  }

  private static ObjectNode renamed(ObjectNode object, Map<String, String> names) {
    if (names.isEmpty()) {
      return object;
    }
    var renamed = Json.object();
    for (var property : object.properties()) {
      renamed.set(names.getOrDefault(property.getKey(), property.getKey()), property.getValue());
    }
    return renamed;
  }

  private static String unused(String name, Set<String> taken) {
    var stem = name.isEmpty() ? "_" : cut(name.replaceAll("[^a-zA-Z0-9_.-]", "_"), MAX_LENGTH);
    var candidate = stem;
    for (var n = 2; !taken.add(candidate); n++) {
      var suffix = "_" + n;
      candidate = cut(stem, MAX_LENGTH - suffix.length()) + suffix;
    }
    return candidate;
  }

  private static String cut(String name, int length) {
    return name.length() <= length ? name : name.substring(0, length);
  }
}
