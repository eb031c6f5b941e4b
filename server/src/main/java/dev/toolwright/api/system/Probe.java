package dev.toolwright.api.system;

import java.util.function.Supplier;

/// Something readiness depends on, or is told with it.
///
/// @param name its field in the answer, such as `database`
public record Probe(String name, Supplier<Readiness> check) {
  /// What a probe found.
  ///
  /// @param state in a word or two, such as `up`, `down`, `refused`
  /// @param ready false: this node cannot serve
  public record Readiness(String state, boolean ready) {}
}
