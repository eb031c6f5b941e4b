package dev.toolwright.importer.openapi;

import dev.toolwright.importer.FreeNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Names of tools and connections: what every model's provider takes, and nobody has.
final class Names {
  private static final String PREFIX = "op";

  private Names() {}

  /// Names by the ids of operations: the operationId, or method and path. One that is taken, here
  /// or already, gets a number.
  ///
  /// @param taken tells which of some names are
  static Map<String, String> tools(List<Imported> operations, UnaryOperator<Set<String>> taken) {
    var wanted = new LinkedHashMap<String, String>();
    operations.forEach(one -> wanted.put(one.id(), stem(one)));
    return FreeNames.unused(wanted, taken);
  }

  static String connection(String title, UnaryOperator<Set<String>> taken) {
    var slug = FreeNames.fitted(title.toLowerCase(Locale.ROOT), PREFIX);
    return FreeNames.unused(Map.of("", slug.isEmpty() ? "api" : slug), taken)
        .getOrDefault("", slug);
  }

  private static String stem(Imported operation) {
    var name = FreeNames.fitted(operation.operationId(), PREFIX);
    return name.isEmpty()
        ? FreeNames.fitted(operation.method().toLowerCase(Locale.ROOT) + operation.path(), PREFIX)
        : name;
  }
}
