package dev.toolwright.importer.openapi;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What changed between two definitions, place by place.
public final class Differences {
  private static final int MOST = 50;

  private final List<Difference> found = new ArrayList<>();

  private Differences() {}

  /// @param path such as `parameters.properties.limit.maximum`
  /// @param before null: it was not there
  /// @param after null: it is gone
  public record Difference(String path, @Nullable JsonNode before, @Nullable JsonNode after) {}

  /// At most 50.
  static List<Difference> between(JsonNode before, JsonNode after) {
    var differences = new Differences();
    differences.compare("", before, after);
    return differences.found;
  }

  private void compare(String path, @Nullable JsonNode before, @Nullable JsonNode after) {
    if (found.size() >= MOST || (before != null && before.equals(after))) {
      return;
    }
    if (before instanceof ObjectNode one && after instanceof ObjectNode other) {
      var names = new LinkedHashSet<>(one.propertyNames());
      names.addAll(other.propertyNames());
      names.forEach(name ->
          compare(path.isEmpty() ? name : path + "." + name, one.get(name), other.get(name)));
    } else {
      found.add(new Difference(path, before, after));
    }
  }
}
