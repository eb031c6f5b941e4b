package dev.toolwright.material;

import dev.toolwright.json.Json;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// Places `{{name}}` in the texts of a JSON value. What fills one is data: it is not looked at
/// again.
final class Places {
  private static final Pattern PLACE = Pattern.compile("\\{\\{\\s*([A-Za-z0-9_.-]{1,200})\\s*}}");

  private Places() {}

  /// The names of all places.
  static Set<String> in(JsonNode value) {
    var names = new LinkedHashSet<String>();
    PLACE.matcher(Json.write(value)).results().forEach(found -> names.add(found.group(1)));
    return names;
  }

  /// @param values empty for a name that is unknown: its place stays as it is
  static JsonNode filled(JsonNode value, Function<String, Optional<String>> values) {
    if (value.isString()) {
      return StringNode.valueOf(filled(value.asString(), values));
    }
    if (value.isArray()) {
      var array = Json.array();
      value.forEach(item -> array.add(filled(item, values)));
      return array;
    }
    if (value.isObject()) {
      var object = Json.object();
      value
          .properties()
          .forEach(field -> object.set(field.getKey(), filled(field.getValue(), values)));
      return object;
    }
    return value;
  }

  static String filled(String text, Function<String, Optional<String>> values) {
    return PLACE
        .matcher(text)
        .replaceAll(
            found -> Matcher.quoteReplacement(values.apply(found.group(1)).orElse(found.group())));
  }
}
