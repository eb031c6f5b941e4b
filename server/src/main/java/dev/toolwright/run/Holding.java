package dev.toolwright.run;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A run held by this node: how it can be stopped. Only acts are interrupted, never our own writes:
/// an interrupt would tear the database connection in the middle of a commit.
final class Holding {
  /// Why the holder stops.
  enum Stop {
    /// Somebody cancelled the run.
    CANCEL,
    /// Its deadline passed.
    DEADLINE,
    /// The node drains: the run goes back to the queue.
    RELEASE,
    /// The node could not beat and others may have taken over: nothing more is done or written.
    ABANDON
  }

  private final Run run;
  private final BooleanSupplier alive;
  private final Set<Thread> acting = new HashSet<>();
  private volatile @Nullable Stop stop;
  private volatile long deadlineNanos = Long.MAX_VALUE;

  Holding(Run run, BooleanSupplier alive) {
    this.run = run;
    this.alive = alive;
  }

  Run run() {
    return run;
  }

  void deadlineIn(Duration remaining) {
    deadlineNanos = System.nanoTime() + remaining.toNanos();
  }

  Duration remaining() {
    return deadlineNanos == Long.MAX_VALUE
        ? Duration.ofDays(1)
        : Duration.ofNanos(deadlineNanos - System.nanoTime());
  }

  boolean isOverdue() {
    return deadlineNanos != Long.MAX_VALUE && deadlineNanos - System.nanoTime() <= 0;
  }

  @Nullable Stop stopReason() {
    return stop;
  }

  boolean isStopped() {
    return stop != null;
  }

  /// Whether the run is still this node's to write to.
  boolean mayWrite() {
    return stop != Stop.ABANDON && alive.getAsBoolean();
  }

  /// @throws InterruptedException when the run is to stop or its time is over
  synchronized void check() throws InterruptedException {
    if (stop == null && isOverdue()) {
      stop = Stop.DEADLINE;
    }
    if (stop != null) {
      throw new InterruptedException();
    }
  }

  /// Before an act: this thread may be interrupted from now on.
  ///
  /// @throws InterruptedException when the run is to stop
  /// @throws StaleOwner when this node has not beaten lately: somebody else may act already
  synchronized void enter() throws InterruptedException {
    check();
    if (!alive.getAsBoolean()) {
      throw new StaleOwner(run.id());
    }
    acting.add(Thread.currentThread());
  }

  /// After an act: takes back an interrupt that came too late to be noticed.
  synchronized void leave() {
    acting.remove(Thread.currentThread());
    if (stop != null) {
      Thread.interrupted();
    }
  }

  /// Lets running acts finish and begins no new one.
  synchronized void stopAtNextStep(Stop reason) {
    if (stop == null) {
      stop = reason;
    }
  }

  synchronized void stopNow(Stop reason) {
    if (stop == null || stop == Stop.RELEASE) {
      stop = reason;
    }
    acting.forEach(Thread::interrupt);
  }
}
