package dev.toolwright.sandbox;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Few workers for many workspaces. One spare belongs to nobody; a workspace is given it at its
/// first call and shares it with nobody, then or later. When there are as many workers as there may
/// be, the workspace that used its own longest ago loses it.
final class JsPool implements AutoCloseable {
  private static final long PAUSE_NANOS = 1_000_000_000;

  private final int most;
  private final Duration idle;
  private final Starter starter;
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition changed = lock.newCondition();
  private final Condition ending = lock.newCondition();
  private final Map<String, Bound> bound = new HashMap<>();
  private @Nullable JsWorker spare;
  private boolean starting;
  private boolean closed;
  private @Nullable Unfit failure;
  private long failedAt;
  private boolean worked;

  JsPool(int most, Duration idle, Starter starter) {
    this.most = most;
    this.idle = idle;
    this.starter = starter;
    Thread.ofVirtual().name("javascript-idle").start(this::forgetIdle);
  }

  /// Makes a worker.
  interface Starter {
    /// @param ended to run when it is gone
    JsWorker start(Runnable ended) throws Unfit, InterruptedException;
  }

  /// A worker and the workspace it works for.
  static final class Bound {
    final String workspace;
    final JsWorker worker;
    private int uses;
    private long used = System.nanoTime();

    /// It finishes what it does and gets nothing new: another workspace waits for its place.
    private boolean leaving;

    private Bound(String workspace, JsWorker worker) {
      this.workspace = workspace;
      this.worker = worker;
    }
  }

  /// Starts a spare in the background after a while, unless the pool is closed by then.
  void prepare(Duration delay) {
    Thread.ofVirtual()
        .name("javascript-prepare")
        .start(() -> {
          lock.lock();
          try {
            var left = delay.toNanos();
            while (left > 0 && !closed) {
              left = ending.awaitNanos(left);
            }
            replenish();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            lock.unlock();
          }
        });
  }

  /// The workspace's worker, to be given back with [#give]. Waits for one at most `nanos`; null if
  /// none came.
  @Nullable Bound take(String workspace, long nanos) throws Unfit, InterruptedException {
    lock.lockInterruptibly();
    try {
      var left = nanos;
      while (true) {
        var mine = mine(workspace);
        if (mine != null) {
          mine.uses++;
          return mine;
        }
        makeRoom();
        replenish();
        if (left <= 0) {
          return null;
        }
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Bound mine(String workspace) throws Unfit {
    if (closed) {
      throw Unfit.passing("The server is stopping.", "");
    }
    var mine = bound.get(workspace);
    if (mine != null && mine.worker.dead()) {
      bound.remove(workspace);
      mine = null;
    }
    if (mine != null) {
      return mine.leaving ? null : mine;
    }
    var fresh = spare;
    if (fresh == null || fresh.dead()) {
      spare = null;
      if (failure != null && !mayRetry()) {
        throw failure;
      }
      return null;
    }
    spare = null;
    mine = new Bound(workspace, fresh);
    bound.put(workspace, mine);
    replenish();
    return mine;
  }

  /// Sends the workspace away that used its worker longest ago, if every worker is somebody's.
  private void makeRoom() {
    if (bound.size() < most || bound.values().stream().anyMatch(b -> b.leaving)) {
      return;
    }
    Bound oldest = null;
    for (var one : bound.values()) {
      if (oldest == null
          || Integer.signum(one.uses) < Integer.signum(oldest.uses)
          || (Integer.signum(one.uses) == Integer.signum(oldest.uses)
              && one.used - oldest.used < 0)) {
        oldest = one;
      }
    }
    if (oldest != null) {
      leave(oldest);
    }
  }

  private void leave(Bound one) {
    one.leaving = true;
    if (one.uses == 0) {
      bound.remove(one.workspace, one);
      one.worker.kill();
      changed.signalAll();
    }
  }

  private void replenish() {
    var ready = spare;
    if (starting || closed || (ready != null && !ready.dead()) || bound.size() >= most) {
      return;
    }
    if (failure != null && !mayRetry()) {
      return;
    }
    failure = null;
    starting = true;
    Thread.ofVirtual().name("javascript-start").start(this::start);
  }

  /// A host that lacks something never will start a worker.
  private boolean mayRetry() {
    return (worked || (failure != null && failure.passing()))
        && System.nanoTime() - failedAt > PAUSE_NANOS;
  }

  private void start() {
    JsWorker fresh = null;
    Unfit reason = null;
    try {
      fresh = starter.start(this::noticed);
    } catch (Unfit e) {
      reason = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lock.lock();
    try {
      starting = false;
      failure = reason;
      failedAt = System.nanoTime();
      if (fresh != null && closed) {
        fresh.kill();
      } else if (fresh != null) {
        spare = fresh;
        worked = true;
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// A worker is gone: whoever waits looks again.
  private void noticed() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void give(Bound one) {
    lock.lock();
    try {
      one.uses--;
      one.used = System.nanoTime();
      if (one.worker.dead()) {
        bound.remove(one.workspace, one);
      } else if (one.leaving) {
        leave(one);
      }
      replenish();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void forgetIdle() {
    lock.lock();
    try {
      while (!closed) {
        var now = System.nanoTime();
        for (var one : List.copyOf(bound.values())) {
          if (one.uses == 0 && now - one.used > idle.toNanos()) {
            leave(one);
          }
        }
        if (ending.awaitNanos(idle.toNanos() / 8 + 1) > 0) {
          break;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /// Workers that exist, the spare among them.
  int size() {
    lock.lock();
    try {
      return bound.size() + (spare == null ? 0 : 1);
    } finally {
      lock.unlock();
    }
  }

  /// The process that a workspace holds; -1 if it holds none.
  long pid(String workspace) {
    lock.lock();
    try {
      var mine = bound.get(workspace);
      return mine == null ? -1 : mine.worker.pid();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      bound.values().forEach(one -> one.worker.kill());
      if (spare != null) {
        spare.kill();
      }
      ending.signalAll();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
