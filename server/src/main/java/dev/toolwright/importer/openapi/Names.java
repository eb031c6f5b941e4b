package dev.toolwright.importer.openapi;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Names of tools and connections: what every model's provider takes, and nobody has.
final class Names {
  private static final int LONGEST = 64;

  private Names() {}

  /// Names by the ids of operations: the operationId, or method and path. One that is taken, here
  /// or already, gets a number.
  ///
  /// @param taken tells which of some names are
  static Map<String, String> tools(List<Imported> operations, UnaryOperator<Set<String>> taken) {
    var wanted = new LinkedHashMap<String, String>();
    operations.forEach(one -> wanted.put(one.id(), stem(one)));
    return unused(wanted, taken);
  }

  static String connection(String title, UnaryOperator<Set<String>> taken) {
    var slug = fitted(title.toLowerCase(Locale.ROOT));
    return unused(Map.of("", slug.isEmpty() ? "api" : slug), taken).getOrDefault("", slug);
  }

  private static String stem(Imported operation) {
    var name = fitted(operation.operationId());
    return name.isEmpty()
        ? fitted(operation.method().toLowerCase(Locale.ROOT) + operation.path())
        : name;
  }

  /// Letters, digits, `_` and `-`, beginning with a letter.
  private static String fitted(String text) {
    var name = text.replaceAll("[^a-zA-Z0-9_-]+", "_").replaceAll("^[_-]+|[_-]+$", "");
    if (!name.isEmpty() && !Character.isLetter(name.charAt(0))) {
      name = "op_" + name;
    }
    return name.length() <= LONGEST ? name : name.substring(0, LONGEST);
  }

  private static Map<String, String> unused(
      Map<String, String> wanted, UnaryOperator<Set<String>> taken) {
    var names = new LinkedHashMap<String, String>();
    var used = new HashSet<String>();
    var open = new LinkedHashMap<>(wanted);
    for (var number = 1; !open.isEmpty(); number++) {
      var suffix = number == 1 ? "" : "_" + number;
      open.replaceAll((id, _) -> numbered(wanted.getOrDefault(id, ""), suffix));
      var gone = taken.apply(new LinkedHashSet<>(open.values()));
      open.entrySet()
          .removeIf(one -> {
            var free = !gone.contains(one.getValue()) && used.add(one.getValue());
            if (free) {
              names.put(one.getKey(), one.getValue());
            }
            return free;
          });
    }
    return names;
  }

  private static String numbered(String stem, String suffix) {
    var room = LONGEST - suffix.length();
    return (stem.length() <= room ? stem : stem.substring(0, room)) + suffix;
  }
}
