package dev.toolwright.worker;

import java.util.List;
import java.util.regex.Pattern;

/// The code of a tool, which is the body of an async function of `params` and `context`.
final class Body {
  static final String FILE = "<tool>";
  private static final String HEAD = "async function (params, context) {";
  private static final Pattern FUNCTION =
      Pattern.compile("(?m)^(?:async\\s+)?function\\b\\s*\\*?\\s*([A-Za-z_$][\\w$]*)");

  /// Characters before the code on its first line.
  static final int INDENT = HEAD.length() + 1;

  private Body() {}

  /// The expression whose value is the function to call.
  ///
  /// @param function one that the body defines and whose result is wanted; empty for the body's own
  static String whole(String code, String function) {
    return "(" + HEAD + code + "\n;" + last(function) + "})";
  }

  private static String last(String function) {
    if (function.isEmpty()) {
      return "";
    }
    return "if (typeof "
        + function
        + " !== 'function') { throw new TypeError('The code defines no function "
        + function
        + ".'); } return "
        + function
        + "(params, context);";
  }

  /// No code can leave its function here and in [#whole] alike.
  static String inBrackets(String code) {
    return "[" + HEAD + code + "\n}]";
  }

  /// Is valid only if the body does not define the name.
  static String defining(String code, String name) {
    return "(" + HEAD + code + "\n;let " + name + ";})";
  }

  /// Names of functions that are written at the beginning of a line.
  static List<String> functions(String code) {
    return FUNCTION.matcher(code).results().map(found -> found.group(1)).distinct().toList();
  }
}
