package dev.toolwright.run;

import org.jspecify.annotations.Nullable;

/// A place on this node for a run that is about to be stored: what nobody has to wait for begins
/// where it was submitted, without being claimed first. Closed when the run was stored, or not.
public final class Seat implements AutoCloseable {
  public static final Seat NONE = new Seat(null);

  private final @Nullable PostgresDispatcher node;
  private boolean taken;

  Seat(@Nullable PostgresDispatcher node) {
    this.node = node;
  }

  /// The node's id; null: there is no place.
  @Nullable String nodeId() {
    return node == null ? null : node.nodeId();
  }

  /// Begins a run that was stored as this node's, after the commit.
  void begin(Run run, NewRun stored) {
    if (node != null) {
      taken = true;
      node.begin(
          run,
          new RunData(
              stored.input(), stored.pinned(), null, null, stored.webhook(), stored.timeout()));
    }
  }

  @Override
  public void close() {
    if (node != null && !taken) {
      node.leaveSeat();
    }
  }
}
