package dev.toolwright.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Compares what a server answered with a documented example: the same fields everywhere and the
/// same values, except that
///
/// - `…` in a text stands for any text there, `"…"` alone for any value, a field named `…` for any
///   further fields, and a time for any time;
/// - `null` stands for anything and `{}` for any object;
/// - each item of a list must be found among those answered, which may be more.
public final class Resembles {
  private static final String ANY = "…";
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z");

  private final boolean numbersMatter;
  private final List<String> faults = new ArrayList<>();

  private Resembles(boolean numbersMatter) {
    this.numbersMatter = numbersMatter;
  }

  /// What differs, each with its place; nothing when the answer is like the example.
  ///
  /// @param numbersMatter false: any number stands for any other
  public static List<String> faults(JsonNode example, JsonNode actual, boolean numbersMatter) {
    var comparison = new Resembles(numbersMatter);
    comparison.compare("", example, actual);
    return List.copyOf(comparison.faults);
  }

  /// Whether a text is like one with `…` in it.
  public static boolean text(String example, String actual) {
    var parts = List.of(example.split(ANY, -1));
    var pattern = parts.stream().map(Pattern::quote).collect(Collectors.joining(".*"));
    return Pattern.compile(pattern, Pattern.DOTALL).matcher(actual).matches();
  }

  private void compare(String place, JsonNode example, JsonNode actual) {
    if (example.isNull() || example.asString("").equals(ANY)) {
      return;
    }
    if (example.isObject() && actual.isObject()) {
      compareFields(place, example, actual);
    } else if (example.isArray() && actual.isArray()) {
      for (var item : example) {
        compareItem(place, item, actual);
      }
    } else if (!isLike(example, actual)) {
      faults.add("%s is %s and not %s".formatted(place, actual, example));
    }
  }

  private boolean isLike(JsonNode example, JsonNode actual) {
    if (example.isNumber() && actual.isNumber()) {
      return !numbersMatter || example.decimalValue().compareTo(actual.decimalValue()) == 0;
    }
    if (example.isString() && actual.isString()) {
      return TIME.matcher(example.asString()).matches()
          ? TIME.matcher(actual.asString()).matches()
          : text(example.asString(), actual.asString());
    }
    return example.equals(actual);
  }

  private void compareFields(String place, JsonNode example, JsonNode actual) {
    if (example.isEmpty()) {
      return;
    }
    var documented = new TreeSet<>(example.propertyNames());
    var answered = new TreeSet<>(actual.propertyNames());
    var more = documented.remove(ANY);
    if (more ? !answered.containsAll(documented) : !answered.equals(documented)) {
      faults.add("%s has the fields %s and not %s".formatted(place, answered, documented));
      return;
    }
    documented.forEach(name -> compare(place + "/" + name, example.get(name), actual.get(name)));
  }

  private void compareItem(String place, JsonNode item, JsonNode actual) {
    var closest = List.of("it is empty");
    for (var candidate : actual) {
      var differences = faults(item, candidate, numbersMatter);
      if (differences.isEmpty()) {
        return;
      }
      closest = differences;
    }
    faults.add("%s has no item like %s: %s".formatted(place, item, closest));
  }
}
