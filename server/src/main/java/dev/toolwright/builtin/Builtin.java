package dev.toolwright.builtin;

import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;

/// What one of the server's own tools does.
public interface Builtin {
  /// The tool's name, such as `calculator`.
  String name();

  /// Runs one attempt; the arguments fit the schema.
  ///
  /// @throws InterruptedException when the caller gave up
  Outcome run(Invocation call) throws InterruptedException;
}
