package dev.toolwright.expression;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// A text with `{{name}}` places, and where allowed `{name}` ones. It is parsed once; what is
/// filled in is data and is never looked at for places again.
public final class Template {
  /// A piece of the text: literal, or the name of a place.
  public sealed interface Part {
    record Literal(String text) implements Part {}

    record Place(String name) implements Part {}
  }

  private final List<Part> parts;

  private Template(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  /// @param singleBraces whether `{name}` is a place too
  public static Template parse(String text, boolean singleBraces) {
    var parts = new ArrayList<Part>();
    var literal = new StringBuilder();
    var at = 0;
    while (at < text.length()) {
      var end = place(text, at, singleBraces);
      if (end < 0) {
        literal.append(text.charAt(at++));
        continue;
      }
      if (!literal.isEmpty()) {
        parts.add(new Part.Literal(literal.toString()));
        literal.setLength(0);
      }
      var braces = text.startsWith("{{", at) ? 2 : 1;
      parts.add(new Part.Place(text.substring(at + braces, end - braces).strip()));
      at = end;
    }
    if (!literal.isEmpty()) {
      parts.add(new Part.Literal(literal.toString()));
    }
    return new Template(parts);
  }

  /// Where the place that begins at `at` ends; -1 when none begins there.
  private static int place(String text, int at, boolean singleBraces) {
    if (text.startsWith("{{", at)) {
      var end = text.indexOf("}}", at);
      return end > 0 && isName(text.substring(at + 2, end).strip()) ? end + 2 : -1;
    }
    if (singleBraces && text.charAt(at) == '{') {
      var end = text.indexOf('}', at);
      return end > 0 && isName(text.substring(at + 1, end).strip()) ? end + 1 : -1;
    }
    return -1;
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= 100
        && name.chars()
            .allMatch(c -> c == '_' || c == '-' || (c < 128 && Character.isLetterOrDigit(c)));
  }

  public List<Part> parts() {
    return parts;
  }

  public Set<String> places() {
    var names = new LinkedHashSet<String>();
    for (var part : parts) {
      if (part instanceof Part.Place(var name)) {
        names.add(name);
      }
    }
    return names;
  }
}
