package dev.toolwright.sandbox;

import java.util.List;

/// What source code defines, found without executing any of it.
public sealed interface PythonOutline {
  /// The functions at top level, in order.
  record Parsed(List<Function> functions) implements PythonOutline {}

  /// The source is not valid Python. Line and column start at 1.
  record SyntaxFault(int line, int column, String message) implements PythonOutline {}

  /// The source could not be examined; the message is written for people.
  ///
  /// @param passing whether trying again may help: the sandbox is busy or starting
  record Unavailable(String message, boolean passing) implements PythonOutline {}

  /// A function at top level.
  ///
  /// @param async whether it is `async def`
  /// @param line where it begins, from 1
  /// @param parameters names as written: `a`, `*rest`, `**named`
  record Function(String name, boolean async, int line, List<String> parameters) {}
}
