package dev.toolwright.run;

import dev.toolwright.database.Database;
import dev.toolwright.database.Line;
import dev.toolwright.database.Notices;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Claims runs from PostgreSQL. One beat row per node, beaten each second; a node without a beat
/// for five seconds loses its runs; a node that could not beat for three stops by itself, before
/// that.
final class PostgresDispatcher implements Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresDispatcher.class);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);
  private static final long ACT_WITHIN_NANOS = Duration.ofMillis(2_500).toNanos();
  private static final long STOP_AFTER_NANOS = Duration.ofSeconds(3).toNanos();

  private final Database database;
  private final Notices notices;
  private final RunWorker worker;
  private final String nodeId;
  private final String version;
  private final Semaphore slots;
  private final int slotCount;
  private final Semaphore hints = new Semaphore(0);
  private final Map<String, Holding> held = new ConcurrentHashMap<>();
  private final ClaimStore store = new ClaimStore();
  private final JournalStore journals = new JournalStore();
  private Set<String> suspects = Set.of();
  private volatile long beaten = System.nanoTime() - STOP_AFTER_NANOS;
  private volatile boolean claiming;

  /// Whether runs were left that nobody may work on until others end.
  private volatile boolean crowded;

  private volatile boolean closed;
  private final Thread beat = Thread.ofPlatform().name("run-beat").daemon().unstarted(this::beat);
  private final Thread watch =
      Thread.ofPlatform().name("run-watch").daemon().unstarted(this::watch);
  private final Thread look = Thread.ofVirtual().name("run-look").unstarted(this::look);
  private final Thread claim = Thread.ofVirtual().name("run-claim").unstarted(this::claim);

  /// @param nodeId `name.boot`: unique per boot
  PostgresDispatcher(
      Database database,
      Notices notices,
      RunWorker worker,
      String nodeId,
      String version,
      int slotCount) {
    this.database = database;
    this.notices = notices;
    this.worker = worker;
    this.nodeId = nodeId;
    this.version = version;
    this.slotCount = slotCount;
    this.slots = new Semaphore(slotCount);
  }

  @Override
  public void start() {
    var name = nodeId.substring(0, nodeId.lastIndexOf('.'));
    database.useTx(tx -> store.announce(tx, name, nodeId, version));
    beaten = System.nanoTime();
    notices.subscribe(Runs.READY, hints::release);
    notices.subscribe(Runs.CANCEL, this::lookForCancels);
    claiming = true;
    beat.start();
    watch.start();
    look.start();
    claim.start();
  }

  @Override
  public boolean isAlive() {
    return System.nanoTime() - beaten < ACT_WITHIN_NANOS;
  }

  /// Beats on a connection of its own, whatever the pool or the rest of this node is busy with.
  private void beat() {
    while (!closed) {
      try (var line = database.line("beat", ANSWER_WITHIN)) {
        while (!closed) {
          if (line.direct(tx -> store.beat(tx, nodeId))) {
            beaten = System.nanoTime();
          }
          TimeUnit.NANOSECONDS.sleep(TICK.toNanos());
        }
      } catch (RuntimeException e) {
        LOG.warn("This node could not beat: {}", e.getClass().getSimpleName());
        if (!pause()) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(200);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /// Looks at the clock and nothing else: a node that could not beat stops before others take over.
  private void watch() {
    while (!closed) {
      if (System.nanoTime() - beaten > STOP_AFTER_NANOS) {
        held.values().forEach(h -> h.stopNow(Holding.Stop.ABANDON));
      }
      if (!pause()) {
        return;
      }
    }
  }

  private void look() {
    while (!closed) {
      try {
        lookAfterHeld();
        if (claiming) {
          reap();
        }
      } catch (RuntimeException e) {
        LOG.warn("This node could not look after its runs: {}", e.getClass().getSimpleName());
      }
      try {
        TimeUnit.NANOSECONDS.sleep(TICK.toNanos());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void reap() {
    for (var run : database.inTx(store::reap)) {
      LOG.info("{} lost its node and goes on elsewhere", run.id());
      notices.add(Runs.topic(run.id()));
      hints.release();
    }
    if (database.inTx(store::wakeDue) + database.inTx(store::cancelOrphans) > 0) {
      hints.release();
    }
  }

  /// Compares what the database says we hold with what we work on: cancels, deadlines, and runs
  /// whose end could not be written (seen twice, because a claim is committed a moment before it is
  /// worked on).
  private void lookAfterHeld() {
    var missing = new HashSet<String>();
    for (var run : database.direct(tx -> store.held(tx, nodeId))) {
      var holding = held.get(run.id());
      if (holding == null) {
        missing.add(run.id());
        if (suspects.contains(run.id())) {
          LOG.warn("{} was left behind and goes back to the queue", run.id());
          database.useTx(tx -> journals.release(tx, run));
          hints.release();
        }
      } else if (run.cancel()) {
        holding.stopNow(Holding.Stop.CANCEL);
      }
    }
    suspects = missing;
    held.values().stream()
        .filter(Holding::isOverdue)
        .forEach(h -> h.stopNow(Holding.Stop.DEADLINE));
  }

  private void lookForCancels() {
    if (held.isEmpty()) {
      return;
    }
    Thread.ofVirtual()
        .start(() -> {
          for (var run : database.direct(tx -> store.held(tx, nodeId))) {
            var holding = held.get(run.id());
            if (holding != null && run.cancel()) {
              holding.stopNow(Holding.Stop.CANCEL);
            }
          }
        });
  }

  /// Claims on a session of its own, which has planned its one statement.
  private void claim() {
    while (!closed) {
      try (var line = database.line("claim", ANSWER_WITHIN)) {
        line.planByKeys();
        while (!closed) {
          hints.tryAcquire(TICK.toMillis(), TimeUnit.MILLISECONDS);
          hints.drainPermits();
          claimAll(line);
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.warn("Could not claim runs: {}", e.getClass().getSimpleName());
        if (!pause()) {
          return;
        }
      }
    }
  }

  private void claimAll(Line line) throws InterruptedException {
    while (claiming && isAlive()) {
      slots.acquire();
      var room = 1 + slots.drainPermits();
      var taken = List.<Run>of();
      try {
        // The slot may have become free only because this node drains.
        if (!claiming) {
          return;
        }
        // Before it is known, so that none that ends meanwhile is missed.
        crowded = true;
        var wanted = room;
        taken = line.direct(tx -> store.claim(tx, nodeId, worker.programs(), wanted));
      } finally {
        slots.release(room - taken.size());
      }
      taken.forEach(run -> hold(run, null));
      if (taken.size() < room) {
        crowded = line.direct(store::hasReady);
        return;
      }
    }
  }

  String nodeId() {
    return nodeId;
  }

  /// A slot for a run that is about to be stored, if one is free.
  Seat seat() {
    return claiming && isAlive() && slots.tryAcquire() ? new Seat(this) : Seat.NONE;
  }

  void leaveSeat() {
    slots.release();
  }

  /// Works on a run that has a seat here.
  void begin(Run run, RunData data) {
    hold(run, data);
  }

  /// @param data as it was just stored; null: it is read
  private void hold(Run run, @Nullable RunData data) {
    var holding = new Holding(run, this::isAlive);
    held.put(run.id(), holding);
    Thread.ofVirtual()
        .name(run.id())
        .start(() -> {
          try {
            worker.work(holding, data);
          } finally {
            held.remove(run.id(), holding);
            slots.release();
            if (crowded) {
              hints.release();
            }
          }
        });
  }

  @Override
  public void drain(Duration grace) {
    claiming = false;
    tellDraining();
    held.values().forEach(h -> h.stopAtNextStep(Holding.Stop.RELEASE));
    if (!allEndWithin(grace)) {
      held.values().forEach(h -> h.stopNow(Holding.Stop.RELEASE));
      allEndWithin(Duration.ofSeconds(2));
    }
  }

  private void tellDraining() {
    try {
      database.useTx(tx -> store.drain(tx, nodeId));
    } catch (RuntimeException e) {
      LOG.debug("This node could not say that it drains", e);
    }
  }

  private boolean allEndWithin(Duration time) {
    try {
      if (slots.tryAcquire(slotCount, time.toMillis(), TimeUnit.MILLISECONDS)) {
        slots.release(slotCount);
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  @Override
  public void close() {
    closed = true;
    claiming = false;
    claim.interrupt();
    look.interrupt();
    watch.interrupt();
    beat.interrupt();
    try {
      beat.join(Duration.ofSeconds(2));
      database.useTx(tx -> store.leave(tx, nodeId));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("This node could not sign off; others notice by its beat", e);
    }
    worker.close();
  }
}
