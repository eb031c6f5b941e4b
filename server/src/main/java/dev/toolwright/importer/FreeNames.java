package dev.toolwright.importer;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Names that every model's provider takes, and nobody has.
public final class FreeNames {
  private static final int LONGEST = 64;

  private FreeNames() {}

  /// Letters, digits, `_` and `-`, beginning with a letter; empty when nothing is left of it.
  ///
  /// @param before what a name gets that begins otherwise, and `_`
  public static String fitted(String text, String before) {
    var name = text.replaceAll("[^a-zA-Z0-9_-]+", "_").replaceAll("^[_-]+|[_-]+$", "");
    if (!name.isEmpty() && !Character.isLetter(name.charAt(0))) {
      name = before + "_" + name;
    }
    return name.length() <= LONGEST ? name : name.substring(0, LONGEST);
  }

  /// The names wanted, by key. One that is taken, here or already, gets a number.
  ///
  /// @param taken tells which of some names are
  public static Map<String, String> unused(
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
