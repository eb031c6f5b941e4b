package dev.toolwright.workflow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Carries out tasks as they become ready, those that are ready at the same time at the same time.
/// One that waits for an answer is asked again while others still work; when nothing works any
/// more, the whole waits. For one thread.
final class Scheduler {
  /// How often one that waits is asked while others work.
  private static final long ASK_MILLIS = 500;

  private final Plan plan;
  private final Map<String, StepEnd> ends = new LinkedHashMap<>();
  private final Map<String, Task> waiting = new LinkedHashMap<>();
  private final Map<String, StepEnd.Waiting> waits = new LinkedHashMap<>();
  private final Set<String> working = new HashSet<>();
  private final LinkedBlockingQueue<Done> done = new LinkedBlockingQueue<>();
  private @Nullable Throwable broken;

  Scheduler(Plan plan) {
    this.plan = plan;
  }

  /// Something that is done, and done again when it has waited.
  ///
  /// @param key of its end
  record Task(String key, Work work) {}

  interface Work {
    StepEnd go() throws InterruptedException;
  }

  /// Says what may begin.
  interface Plan {
    /// @param ends of the tasks that have ended, in that order
    /// @param active keys of those that have begun and not ended
    List<Task> ready(Map<String, StepEnd> ends, Set<String> active);
  }

  private record Done(Task task, @Nullable StepEnd end, @Nullable Throwable failure) {}

  /// Ends when nothing is left that could go on now.
  ///
  /// @return what has ended, in that order; see [#waits] for the rest
  Map<String, StepEnd> run() throws InterruptedException {
    while (true) {
      begin(broken == null ? plan.ready(ends, active()) : List.of());
      if (working.isEmpty() && done.isEmpty()) {
        break;
      }
      var next = waiting.isEmpty() ? done.take() : done.poll(ASK_MILLIS, TimeUnit.MILLISECONDS);
      if (next == null) {
        askAgain();
      } else {
        ended(next);
      }
    }
    rethrow();
    return ends;
  }

  /// Of those that wait.
  List<StepEnd.Waiting> waits() {
    return List.copyOf(waits.values());
  }

  private Set<String> active() {
    var active = new HashSet<>(working);
    active.addAll(waiting.keySet());
    return active;
  }

  /// What is alone needs no thread of its own.
  private void begin(List<Task> tasks) {
    var alone = tasks.size() == 1 && working.isEmpty() && waiting.isEmpty();
    for (var task : tasks) {
      working.add(task.key());
      if (alone) {
        go(task);
      } else {
        Thread.ofVirtual().start(() -> go(task));
      }
    }
  }

  private void go(Task task) {
    try {
      done.add(new Done(task, task.work().go(), null));
    } catch (InterruptedException | RuntimeException | Error e) {
      done.add(new Done(task, null, e));
    }
  }

  private void askAgain() {
    var again = new ArrayList<>(waiting.values());
    waiting.clear();
    for (var task : again) {
      working.add(task.key());
      Thread.ofVirtual().start(() -> go(task));
    }
  }

  private void ended(Done one) {
    var key = one.task().key();
    working.remove(key);
    waits.remove(key);
    switch (one.end()) {
      case null -> broken = broken == null ? one.failure() : broken;
      case StepEnd.Waiting wait -> {
        waiting.put(key, one.task());
        waits.put(key, wait);
      }
      case StepEnd end -> ends.put(key, end);
    }
  }

  private void rethrow() throws InterruptedException {
    switch (broken) {
      case null -> {}
      case InterruptedException interrupted -> throw interrupted;
      case RuntimeException failure -> throw failure;
      case Error error -> throw error;
      default -> throw new IllegalStateException(broken);
    }
  }
}
