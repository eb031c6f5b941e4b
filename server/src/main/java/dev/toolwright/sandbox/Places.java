package dev.toolwright.sandbox;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The right to execute now. There are few places; a workspace holds at most half of them, and a
/// free one goes to the waiting workspace that holds fewest, then to the one that was served
/// longest ago.
final class Places {
  private final int all;
  private final int perWorkspace;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Holder> holders = new HashMap<>();
  private int taken;
  private long turn;

  Places(int all) {
    this.all = all;
    this.perWorkspace = Math.max(1, all / 2);
  }

  /// Takes a place, waiting for one at most `nanos`.
  ///
  /// @return false if none became free in time
  boolean take(String workspace, long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      var holder = holders.computeIfAbsent(workspace, ignored -> new Holder());
      var waiter = new Waiter(lock.newCondition());
      holder.waiting.add(waiter);
      grant();
      return await(workspace, holder, waiter, nanos);
    } finally {
      lock.unlock();
    }
  }

  private boolean await(String workspace, Holder holder, Waiter waiter, long nanos)
      throws InterruptedException {
    var left = nanos;
    try {
      while (!waiter.granted && left > 0) {
        left = waiter.changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      if (waiter.granted) {
        release(workspace, holder);
      }
      throw e;
    } finally {
      if (!waiter.granted) {
        holder.waiting.remove(waiter);
        forget(workspace, holder);
      }
    }
    return waiter.granted;
  }

  void give(String workspace) {
    lock.lock();
    try {
      var holder = holders.get(workspace);
      if (holder != null) {
        release(workspace, holder);
      }
    } finally {
      lock.unlock();
    }
  }

  private void release(String workspace, Holder holder) {
    taken--;
    holder.running--;
    forget(workspace, holder);
    grant();
  }

  private void forget(String workspace, Holder holder) {
    if (holder.running == 0 && holder.waiting.isEmpty()) {
      holders.remove(workspace);
    }
  }

  private void grant() {
    while (taken < all) {
      var next = next();
      if (next == null) {
        return;
      }
      var waiter = next.waiting.remove();
      waiter.granted = true;
      waiter.changed.signal();
      taken++;
      next.running++;
      next.served = ++turn;
    }
  }

  private @Nullable Holder next() {
    Holder best = null;
    for (var holder : holders.values()) {
      if (!holder.waiting.isEmpty()
          && holder.running < perWorkspace
          && (best == null || holder.before(best))) {
        best = holder;
      }
    }
    return best;
  }

  private static final class Holder {
    final ArrayDeque<Waiter> waiting = new ArrayDeque<>();
    int running;
    long served;

    boolean before(Holder other) {
      return running != other.running ? running < other.running : served < other.served;
    }
  }

  private static final class Waiter {
    final Condition changed;
    boolean granted;

    Waiter(Condition changed) {
      this.changed = changed;
    }
  }
}
