package dev.toolwright.run;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What parallel steps of one run store at the same time, as one: whoever comes while a commit is
/// under way joins the next. Events keep the order in which they came.
final class Stores {
  private final ReentrantLock order;
  private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();

  /// @param order held while something is stored
  Stores(ReentrantLock order) {
    this.order = order;
  }

  /// What one step stores.
  ///
  /// @param current what the run does next; null: as before
  record Part(
      List<Step> steps,
      List<RunEvent> events,
      @Nullable String current,
      List<Attachment> attachments) {}

  private static final class Waiting {
    private final Part part;

    /// Both guarded by `order`.
    private boolean over;

    private @Nullable Throwable failure;

    Waiting(Part part) {
      this.part = part;
    }
  }

  /// Returns when it is stored.
  ///
  /// @param write stores what has come together; what it throws, all of them throw
  void add(Part part, Consumer<Part> write) {
    var mine = new Waiting(part);
    waiting.add(mine);
    order.lock();
    try {
      if (!mine.over) {
        lead(write);
      }
      switch (mine.failure) {
        case null -> {}
        case RuntimeException failure -> throw failure;
        case Error error -> throw error;
        default -> throw new IllegalStateException(mine.failure);
      }
    } finally {
      order.unlock();
    }
  }

  private void lead(Consumer<Part> write) {
    var all = new ArrayList<Waiting>();
    for (var next = waiting.poll(); next != null; next = waiting.poll()) {
      all.add(next);
    }
    try {
      write.accept(together(all));
    } catch (RuntimeException | Error e) {
      all.forEach(one -> one.failure = e);
    }
    all.forEach(one -> one.over = true);
  }

  private static Part together(List<Waiting> all) {
    var steps = new ArrayList<Step>();
    var events = new ArrayList<RunEvent>();
    var attachments = new ArrayList<Attachment>();
    String current = null;
    for (var one : all) {
      steps.addAll(one.part.steps());
      events.addAll(one.part.events());
      attachments.addAll(one.part.attachments());
      current = one.part.current() == null ? current : one.part.current();
    }
    return new Part(steps, events, current, attachments);
  }
}
