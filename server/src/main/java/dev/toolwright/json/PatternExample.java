package dev.toolwright.json;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Optional;

/// A short text that matches a regular expression. Knows literals, classes, groups, alternatives
/// and repetition, and takes the first and the fewest of everything; what it makes is checked, so
/// that an expression beyond it gives nothing rather than a wrong text.
final class PatternExample {
  private static final int LONGEST = 1_000;
  private static final String CANDIDATES =
      "a0A-_. xzXZ19@/:#+,;!?$%&*()[]{}<>=~^|\\\"'`bcdefghijklmnopqrstuvwyBCDEFGHIJKLMNOPQRSTUVWY"
          + "2345678\t\n";

  private final String pattern;
  private int at;

  private PatternExample(String pattern) {
    this.pattern = pattern;
  }

  static Optional<String> of(String pattern) {
    if (pattern.length() > LONGEST) {
      return Optional.empty();
    }
    try {
      var compiled = Pattern.compile(pattern);
      var text = new PatternExample(pattern).alternatives();
      return text.length() <= LONGEST && compiled.matcher(text).find()
          ? Optional.of(text)
          : Optional.empty();
    } catch (PatternSyntaxException | IndexOutOfBoundsException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// The first alternative; the others are read over.
  private String alternatives() {
    var first = sequence();
    while (peek() == '|') {
      at++;
      var _ = sequence();
    }
    return first;
  }

  private String sequence() {
    var text = new StringBuilder();
    while (at < pattern.length() && peek() != '|' && peek() != ')') {
      var atom = atom();
      var repetitions = repetitions();
      if (text.length() + (long) atom.length() * repetitions > LONGEST) {
        throw new IndexOutOfBoundsException("too long");
      }
      text.append(atom.repeat(repetitions));
    }
    return text.toString();
  }

  private String atom() {
    var c = pattern.charAt(at++);
    return switch (c) {
      case '^', '$' -> "";
      case '.' -> "a";
      case '(' -> group();
      case '[' -> bracket();
      case '\\' -> escape();
      default -> String.valueOf(c);
    };
  }

  private String group() {
    if (peek() == '?') {
      // (?:…), (?<name>…), (?P<name>…); flags and look-around end in a failed check.
      at = 1 + (pattern.startsWith("?:", at) ? at + 1 : pattern.indexOf('>', at));
    }
    var text = alternatives();
    at++;
    return text;
  }

  private String escape() {
    var c = pattern.charAt(at++);
    return switch (c) {
      case 'd' -> "0";
      case 'w', 'D', 'S' -> "a";
      case 's' -> " ";
      case 'W' -> "-";
      case 'b', 'B', 'A', 'z' -> "";
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'p', 'P', 'x' -> firstMatching(at - 2, skipped(pattern.indexOf('}', at)));
      default -> String.valueOf(c);
    };
  }

  private String bracket() {
    var start = at - 1;
    // A bracket right at the start of a class is a member of it.
    at += peek() == '^' ? 1 : 0;
    at += peek() == ']' ? 1 : 0;
    while (pattern.charAt(at) != ']') {
      if (pattern.startsWith("[:", at)) {
        at = pattern.indexOf(":]", at) + 1;
      } else if (pattern.charAt(at) == '\\') {
        at++;
      }
      at++;
    }
    at++;
    return firstMatching(start, at);
  }

  private int skipped(int last) {
    at = last + 1;
    return at;
  }

  private String firstMatching(int from, int to) {
    var set = Pattern.compile(pattern.substring(from, to));
    for (var c : CANDIDATES.split("", -1)) {
      if (!c.isEmpty() && set.matches(c)) {
        return c;
      }
    }
    throw new IndexOutOfBoundsException("no candidate");
  }

  private int repetitions() {
    var least =
        switch (peek()) {
          case '*', '?' -> {
            at++;
            yield 0;
          }
          case '+' -> {
            at++;
            yield 1;
          }
          case '{' -> {
            var end = pattern.indexOf('}', at);
            var bounds = pattern.substring(at + 1, end).split(",", -1);
            at = end + 1;
            yield Integer.parseInt(bounds[0].strip());
          }
          default -> 1;
        };
    // Reluctant: the same fewest.
    at += peek() == '?' ? 1 : 0;
    return least;
  }

  private char peek() {
    return at < pattern.length() ? pattern.charAt(at) : '\0';
  }
}
