package dev.toolwright.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the steps of one run store, in the order in which it came. Whoever comes while a commit is
/// under way joins the next; what may wait is stored with whatever comes within [#SOON].
final class Stores {
  /// How long something may wait for company.
  static final Duration SOON = Duration.ofMillis(5);

  /// Parts that may wait at once: a run does not get ahead of a slow database by more.
  private static final int MOST = 32;

  /// One store at a time, so that the order of events is the order of commits.
  private final ReentrantLock order = new ReentrantLock();

  private final Consumer<Part> write;
  private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger unwritten = new AtomicInteger();
  private final AtomicBoolean soon = new AtomicBoolean();

  /// Guarded by `order`: what a store came to grief of. Nothing is stored after that.
  private @Nullable Throwable broken;

  /// @param write stores what has come together
  Stores(Consumer<Part> write) {
    this.write = write;
  }

  /// What one step stores.
  ///
  /// @param current what the run does next; null: as before
  record Part(
      List<Step> steps,
      List<RunEvent> events,
      @Nullable String current,
      List<Attachment> attachments) {
    static final Part NOTHING = new Part(List.of(), List.of(), null, List.of());

    boolean isNothing() {
      return steps.isEmpty() && events.isEmpty() && attachments.isEmpty();
    }
  }

  private static final class Waiting {
    private final Part part;

    /// Guarded by `order`.
    private boolean over;

    Waiting(Part part) {
      this.part = part;
    }
  }

  /// Returns when it is stored, and all that came before.
  void add(Part part) {
    var mine = enqueued(part);
    order.lock();
    try {
      if (!mine.over) {
        write(taken());
      }
      check();
    } finally {
      order.unlock();
    }
  }

  /// Returns at once. If its store fails, whoever comes next hears of it.
  void addSoon(Part part) {
    if (unwritten.get() >= MOST) {
      add(part);
      return;
    }
    enqueued(part);
    if (soon.compareAndSet(false, true)) {
      Thread.ofVirtual().start(this::storeSoon);
    }
  }

  /// Returns when all that came before is stored.
  void settle() {
    if (unwritten.get() == 0) {
      return;
    }
    order.lock();
    try {
      write(taken());
      check();
    } finally {
      order.unlock();
    }
  }

  /// What is not stored yet, to be stored with the end of the run.
  Part rest() {
    order.lock();
    try {
      check();
      return taken();
    } finally {
      order.unlock();
    }
  }

  private Waiting enqueued(Part part) {
    var one = new Waiting(part);
    unwritten.incrementAndGet();
    waiting.add(one);
    return one;
  }

  private void storeSoon() {
    try {
      Thread.sleep(SOON);
    } catch (InterruptedException _) {
      // Nobody interrupts it; if somebody did, it would be in a hurry.
    }
    soon.set(false);
    order.lock();
    try {
      write(taken());
    } finally {
      order.unlock();
    }
  }

  private void write(Part all) {
    if (all.isNothing() || broken != null) {
      return;
    }
    try {
      write.accept(all);
    } catch (RuntimeException | Error e) {
      broken = e;
    }
  }

  private void check() {
    switch (broken) {
      case null -> {}
      case RuntimeException failure -> throw failure;
      case Error error -> throw error;
      default -> throw new IllegalStateException(broken);
    }
  }

  private Part taken() {
    var steps = new ArrayList<Step>();
    var events = new ArrayList<RunEvent>();
    var attachments = new ArrayList<Attachment>();
    String current = null;
    for (var one = waiting.poll(); one != null; one = waiting.poll()) {
      one.over = true;
      unwritten.decrementAndGet();
      steps.addAll(one.part.steps());
      events.addAll(one.part.events());
      attachments.addAll(one.part.attachments());
      current = one.part.current() == null ? current : one.part.current();
    }
    return new Part(steps, events, current, attachments);
  }
}
