package dev.toolwright.run;

/// What a kind of run does. It is replayed from the start on every claim: steps that are stored
/// answer from the journal, the rest act. Between steps it must be pure: time, randomness and
/// everything read from outside come from steps or from the pinned definitions.
public interface Program {
  /// The grammar of its journal keys, such as `agent/1`. It changes only when stored journals could
  /// no longer be replayed.
  String name();

  /// Goes on until the run ends or has to wait.
  ///
  /// @throws InterruptedException when the run is cancelled, out of time, or its node stops
  Halt run(Journal journal) throws InterruptedException;
}
