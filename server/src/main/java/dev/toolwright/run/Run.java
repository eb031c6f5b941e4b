package dev.toolwright.run;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A durable execution: its row, without the big values.
///
/// @param program the grammar of the journal's keys, such as `agent/1`
/// @param attempt raised by an explicit retry
/// @param serial runs with the same serial go one after the other; null for none
/// @param fence raised at each claim; a write with an older fence is refused
/// @param seq number of the last event
/// @param current what it is doing, a sentence
/// @param priority among the ready runs of its workspace
/// @param parent the step that waits for it; null: nobody's child
public record Run(
    String workspaceId,
    String id,
    String userId,
    String kind,
    String program,
    RunState state,
    int attempt,
    @Nullable String serial,
    long fence,
    boolean cancel,
    int revived,
    long seq,
    int stepsDone,
    String current,
    Priority priority,
    @Nullable Parent parent,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt) {
  /// How many runs stand above it.
  public int depth() {
    return parent == null ? 0 : parent.depth();
  }
}
