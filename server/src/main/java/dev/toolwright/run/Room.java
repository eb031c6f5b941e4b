package dev.toolwright.run;

import java.util.concurrent.atomic.AtomicLong;

/// How many bytes of results a run may keep. What a run keeps is held in memory while it is worked
/// on, so all runs of a node share a bound too: no job can take the server down.
final class Room implements AutoCloseable {
  /// Of one run.
  static final long PER_RUN = 8L << 20;

  /// Of all runs that a node works on at once.
  static final long PER_NODE = 64L << 20;

  private final AtomicLong node;
  private final AtomicLong taken = new AtomicLong();

  /// @param node what all runs of the node have taken together
  /// @param bytes what the run has kept before; it is counted, whatever the bound
  Room(AtomicLong node, long bytes) {
    this.node = node;
    taken.set(bytes);
    node.addAndGet(bytes);
  }

  /// Takes room for a result; false when there is not so much.
  boolean take(long bytes) {
    if (taken.addAndGet(bytes) > PER_RUN) {
      taken.addAndGet(-bytes);
      return false;
    }
    if (node.addAndGet(bytes) > PER_NODE) {
      taken.addAndGet(-bytes);
      node.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  @Override
  public void close() {
    node.addAndGet(-taken.getAndSet(0));
  }
}
