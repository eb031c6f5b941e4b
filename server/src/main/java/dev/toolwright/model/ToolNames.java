package dev.toolwright.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Tool names fitted to the dialect of a provider that takes 1 to 64 of `A-Za-z0-9_-`, and back. A
/// name that fits is left alone.
final class ToolNames {
  private static final int MAX_LENGTH = 64;
  private static final Pattern FITTING = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
  private static final Pattern UNFIT = Pattern.compile("[^a-zA-Z0-9_-]");

  private final Map<String, String> outward = new HashMap<>();
  private final Map<String, String> inward = new HashMap<>();

  ToolNames(List<ToolSpec> tools) {
    Set<String> taken = new HashSet<>();
    for (var tool : tools) {
      if (fits(tool.name())) {
        taken.add(tool.name());
      }
    }
    for (var tool : tools) {
      if (!fits(tool.name()) && !outward.containsKey(tool.name())) {
        var fitted = unused(fitted(tool.name()), taken);
        outward.put(tool.name(), fitted);
        inward.put(fitted, tool.name());
      }
    }
  }

  /// The name to send. Names of no present tool (an old conversation's) are fitted too.
  String outward(String name) {
    return fits(name) ? name : outward.getOrDefault(name, fitted(name));
  }

  /// The tool that a provider's name means; a name never sent stays as it is.
  String inward(String name) {
    return inward.getOrDefault(name, name);
  }

  private static boolean fits(String name) {
    return FITTING.matcher(name).matches();
  }

  private static String fitted(String name) {
    return name.isEmpty() ? "_" : cut(UNFIT.matcher(name).replaceAll("_"), MAX_LENGTH);
  }

  private static String unused(String name, Set<String> taken) {
    var candidate = name;
    for (var n = 2; !taken.add(candidate); n++) {
      var suffix = "_" + n;
      candidate = cut(name, MAX_LENGTH - suffix.length()) + suffix;
    }
    return candidate;
  }

  private static String cut(String name, int length) {
    return name.length() <= length ? name : name.substring(0, length);
  }
}
