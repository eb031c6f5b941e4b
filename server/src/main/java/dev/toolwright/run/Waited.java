package dev.toolwright.run;

/// Where the wait of a step has got to.
sealed interface Waited {
  /// The step opened none.
  record Never() implements Waited {}

  record Still(Wait on) implements Waited {}

  record Ended(Answer answer) implements Waited {}
}
