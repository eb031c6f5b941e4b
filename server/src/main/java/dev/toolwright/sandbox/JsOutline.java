package dev.toolwright.sandbox;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of JavaScript or TypeScript without executing any of it.
public sealed interface JsOutline {
  /// The source is valid.
  ///
  /// @param functionName the function to call; null if the body itself answers
  /// @param code JavaScript
  /// @param lines for each line of the code the line of the source it came from; empty when they
  ///   are the same
  record Valid(@Nullable String functionName, String code, List<Integer> lines)
      implements JsOutline {
    public Valid {
      lines = List.copyOf(lines);
    }
  }

  /// The source is not valid. Line and column start at 1.
  record SyntaxFault(int line, int column, String message) implements JsOutline {}

  /// The wanted function cannot be called; the message follows its name.
  record NameFault(String message) implements JsOutline {}

  /// The source could not be examined; the message is written for people.
  ///
  /// @param passing whether trying again may help: the sandbox is busy or starting
  record Unavailable(String message, boolean passing) implements JsOutline {}
}
