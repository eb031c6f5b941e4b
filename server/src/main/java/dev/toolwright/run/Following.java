package dev.toolwright.run;

import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/// One reader of a run's events: the stored ones in their order, and among them what is said at the
/// moment.
final class Following {
  private static final long LOOK = Duration.ofSeconds(1).toNanos();
  private static final long SIGN_OF_LIFE = Duration.ofSeconds(15).toNanos();
  private static final int PORTION = 500;

  /// What a slow reader may be behind before it misses something.
  private static final int MAX_UNREAD = 1_000;

  private final Database database;
  private final Notices notices;
  private final Live live;
  private final RunStore store;
  private final BooleanSupplier letGo;
  private final Run run;
  private final Semaphore hints = new Semaphore(0);
  private final AtomicBoolean changed = new AtomicBoolean(true);
  private final LinkedBlockingQueue<RunEvent> said = new LinkedBlockingQueue<>(MAX_UNREAD);
  private long last;
  private long looked = System.nanoTime();
  private long quietSince = System.nanoTime();

  /// @param letGo whether to stop because the node does
  Following(
      Database database,
      Notices notices,
      Live live,
      RunStore store,
      BooleanSupplier letGo,
      Run run,
      long after) {
    this.database = database;
    this.notices = notices;
    this.live = live;
    this.store = store;
    this.letGo = letGo;
    this.run = run;
    this.last = after;
  }

  /// Reads on until the run has ended and all of it was read, or the reader has enough.
  void with(Runs.EventReader reader) throws InterruptedException {
    try (var _ = notices.subscribe(Runs.topic(run.id()), this::hint);
        var _ = live.follow(run.id(), this::hear)) {
      while (readOn(reader)) {
        hints.tryAcquire(LOOK, TimeUnit.NANOSECONDS);
        hints.drainPermits();
      }
    }
  }

  private void hint() {
    changed.set(true);
    hints.release();
  }

  private void hear(RunEvent event) {
    if (said.offer(event)) {
      hints.release();
    }
  }

  private boolean readOn(Runs.EventReader reader) throws InterruptedException {
    if (!giveHeard(reader)) {
      return false;
    }
    if ((changed.getAndSet(false) || System.nanoTime() - looked >= LOOK) && !look(reader)) {
      return false;
    }
    return System.nanoTime() - quietSince <= SIGN_OF_LIFE || given(reader, List.of());
  }

  /// Gives all stored events that are new; whether there may be more some day.
  private boolean look(Runs.EventReader reader) throws InterruptedException {
    while (true) {
      looked = System.nanoTime();
      // State first: an end seen here has all its events stored already.
      var now = database.direct(tx -> store.find(tx, run.workspaceId(), run.id()));
      var events =
          database.direct(tx -> store.events(tx, run.workspaceId(), run.id(), last, PORTION));
      if (events.isEmpty()) {
        if (now.isEmpty() || now.get().state().hasEnded() || letGo.getAsBoolean()) {
          return false;
        }
        if (now.get().state() == RunState.RUNNING) {
          live.ask(run.id());
        }
        return !reader.gone();
      }
      last = events.getLast().seq();
      // First what was said: what came of it is stored after it.
      if (!giveHeard(reader) || !given(reader, events)) {
        return false;
      }
    }
  }

  private boolean giveHeard(Runs.EventReader reader) throws InterruptedException {
    var heard = new ArrayList<RunEvent>();
    said.drainTo(heard);
    return heard.isEmpty() || given(reader, heard);
  }

  private boolean given(Runs.EventReader reader, List<RunEvent> events)
      throws InterruptedException {
    quietSince = System.nanoTime();
    return reader.read(events);
  }
}
