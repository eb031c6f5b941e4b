package dev.toolwright.sandbox;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The one worker that is alive and tested. A thread of its own starts a fresh one when there is
/// none, so that nobody waits for it longer than they have time. What failed for a passing reason
/// is tried again when somebody asks, after a pause that doubles from a second to a minute.
final class LivingWorker implements AutoCloseable {
  private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST_DOUBLINGS = 6;

  /// Starts a worker and tests it.
  @FunctionalInterface
  interface Start {
    Started start() throws Unfit, InterruptedException;
  }

  record Started(Zygote zygote, SandboxStatus status) {}

  private final Start start;
  private final LongSupplier clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final CountDownLatch tried = new CountDownLatch(1);
  private volatile SandboxStatus status = SandboxStatus.starting();
  private volatile @Nullable Zygote zygote;
  private @Nullable CompletableFuture<Zygote> coming;
  private @Nullable Thread starter;
  private @Nullable Unfit failure;
  private int failures;
  private long failedAt;
  private boolean closed;

  /// One worked on this machine, so whatever fails now may pass.
  private boolean proven;

  /// @param clock nanoseconds, as of [System#nanoTime]
  LivingWorker(Start start, LongSupplier clock) {
    this.start = start;
    this.clock = clock;
  }

  SandboxStatus status() {
    return status;
  }

  /// The worker as it is, perhaps dead; null before the first.
  @Nullable Zygote current() {
    return zygote;
  }

  /// Starts one in the background if there is none.
  void begin() {
    try {
      var _ = coming();
    } catch (Unfit e) {
      // the status says it
    }
  }

  /// Waits until the first start has come to an end, good or bad, or the time is over.
  SandboxStatus awaitTried(Duration time) throws InterruptedException {
    var inTime = tried.await(time.toNanos(), TimeUnit.NANOSECONDS);
    return inTime ? status : SandboxStatus.starting();
  }

  /// The living worker; waits at most `nanos` for one that is starting.
  ///
  /// @throws Unfit if there is none by then, or why there will be none
  Zygote get(long nanos) throws Unfit, InterruptedException {
    var current = zygote;
    if (current != null && !current.dead()) {
      return current;
    }
    try {
      return coming().get(nanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw Unfit.passing("The Python sandbox is still starting; try again.", "");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Unfit unfit) {
        throw unfit;
      }
      throw new IllegalStateException(e);
    }
  }

  private CompletableFuture<Zygote> coming() throws Unfit {
    lock.lock();
    try {
      if (closed) {
        throw stopping();
      }
      var current = zygote;
      if (current != null && !current.dead()) {
        return CompletableFuture.completedFuture(current);
      }
      if (coming != null) {
        return coming;
      }
      if (failure != null && !mayTryAgain(failure)) {
        throw failure;
      }
      var fresh = new CompletableFuture<Zygote>();
      coming = fresh;
      starter = Thread.ofVirtual().name("sandbox-start").start(() -> bring(fresh));
      return fresh;
    } finally {
      lock.unlock();
    }
  }

  private boolean mayTryAgain(Unfit failure) {
    var pause = FIRST_PAUSE << Math.min(failures - 1, MOST_DOUBLINGS);
    return (failure.passing() || proven) && clock.getAsLong() - failedAt >= pause;
  }

  private void bring(CompletableFuture<Zygote> fresh) {
    try {
      var started = start.start();
      if (succeeded(started)) {
        fresh.complete(started.zygote());
      } else {
        started.zygote().kill();
        fresh.completeExceptionally(stopping());
      }
    } catch (Unfit e) {
      failed(e);
      fresh.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fresh.completeExceptionally(stopping());
    } catch (RuntimeException e) {
      failed(Unfit.lasting("The sandbox cannot be started: " + e.getMessage(), ""));
      fresh.completeExceptionally(e);
    } finally {
      tried.countDown();
    }
  }

  private boolean succeeded(Started started) {
    lock.lock();
    try {
      coming = null;
      failure = null;
      failures = 0;
      proven = true;
      zygote = started.zygote();
      status = started.status();
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private void failed(Unfit reason) {
    lock.lock();
    try {
      coming = null;
      failure = reason;
      failures++;
      failedAt = clock.getAsLong();
      status = SandboxStatus.refused(reason);
    } finally {
      lock.unlock();
    }
  }

  private static Unfit stopping() {
    return Unfit.passing("The server is stopping.", "");
  }

  /// Ends the worker, and one that is starting.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      if (starter != null) {
        starter.interrupt();
      }
      if (zygote != null) {
        zygote.kill();
      }
    } finally {
      lock.unlock();
    }
  }
}
