package dev.toolwright.run;

import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a node does whoever gives it its runs: it beats, works on the runs that it holds, and stops
/// those that are cancelled or out of time. One beat row per node, beaten each second; a node
/// without a beat for five seconds loses its runs; a node that could not beat for three stops by
/// itself, before that.
final class RunNode implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunNode.class);
  static final Duration TICK = Duration.ofSeconds(1);
  static final Duration ANSWER_WITHIN = Duration.ofSeconds(2);
  private static final long ACT_WITHIN_NANOS = Duration.ofMillis(2_500).toNanos();
  private static final long STOP_AFTER_NANOS = Duration.ofSeconds(3).toNanos();

  private final Database database;
  private final Notices notices;
  private final RunWorker worker;
  private final String id;
  private final String version;
  private final Semaphore slots;
  private final int slotCount;
  private final Map<String, Holding> held = new ConcurrentHashMap<>();
  private final ClaimStore store = new ClaimStore();
  private final JournalStore journals = new JournalStore();

  /// What is run when runs have become ready.
  private volatile Runnable hint = () -> {};

  private Set<String> suspects = Set.of();
  private volatile long beaten = System.nanoTime() - STOP_AFTER_NANOS;
  private volatile boolean draining;
  private volatile boolean closed;
  private final Thread beat = Thread.ofPlatform().name("run-beat").daemon().unstarted(this::beat);
  private final Thread watch =
      Thread.ofPlatform().name("run-watch").daemon().unstarted(this::watch);
  private final Thread look = Thread.ofVirtual().name("run-look").unstarted(this::look);

  /// @param id `name.boot`: unique per boot
  RunNode(
      Database database,
      Notices notices,
      RunWorker worker,
      String id,
      String version,
      int slotCount) {
    this.database = database;
    this.notices = notices;
    this.worker = worker;
    this.id = id;
    this.version = version;
    this.slotCount = slotCount;
    this.slots = new Semaphore(slotCount);
  }

  /// @param hint is run when runs have become ready; must be quick and must not throw
  void start(Runnable hint) {
    this.hint = hint;
    var name = id.substring(0, id.lastIndexOf('.'));
    database.useTx(tx -> store.announce(tx, name, id, version));
    beaten = System.nanoTime();
    notices.subscribe(Runs.READY, hint);
    notices.subscribe(Runs.CANCEL, this::lookForCancels);
    beat.start();
    watch.start();
    look.start();
  }

  String id() {
    return id;
  }

  boolean isAlive() {
    return System.nanoTime() - beaten < ACT_WITHIN_NANOS;
  }

  boolean isDraining() {
    return draining;
  }

  /// How many runs are worked on at once.
  Semaphore slots() {
    return slots;
  }

  /// Beats on a connection of its own, whatever the pool or the rest of this node is busy with.
  private void beat() {
    while (!closed) {
      try (var line = database.line("beat", ANSWER_WITHIN)) {
        while (!closed) {
          if (line.direct(tx -> store.beat(tx, id))) {
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
        if (!draining) {
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
    var isReady = false;
    for (var run : database.inTx(store::reap)) {
      LOG.info("{} lost its node and goes on elsewhere", run.id());
      notices.add(Runs.topic(run.id()));
      isReady = true;
    }
    if (database.inTx(store::wakeDue) + database.inTx(store::cancelOrphans) > 0 || isReady) {
      hint.run();
    }
  }

  /// Compares what the database says we hold with what we work on: cancels, deadlines, and runs
  /// whose end could not be written (seen twice, because a claim is committed a moment before it is
  /// worked on).
  private void lookAfterHeld() {
    var missing = new HashSet<String>();
    for (var run : database.direct(tx -> store.held(tx, id))) {
      var holding = held.get(run.id());
      if (holding == null) {
        missing.add(run.id());
        if (suspects.contains(run.id())) {
          LOG.warn("{} was left behind and goes back to the queue", run.id());
          database.useTx(tx -> journals.release(tx, run));
          hint.run();
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
          for (var run : database.direct(tx -> store.held(tx, id))) {
            var holding = held.get(run.id());
            if (holding != null && run.cancel()) {
              holding.stopNow(Holding.Stop.CANCEL);
            }
          }
        });
  }

  /// Takes a run that this node has claimed, and for which it has a slot.
  Holding hold(Run run) {
    var holding = new Holding(run, this::isAlive);
    held.put(run.id(), holding);
    if (draining) {
      holding.stopAtNextStep(Holding.Stop.RELEASE);
    }
    return holding;
  }

  /// Works on it in this thread, and gives its slot back.
  ///
  /// @param data as it was just stored; null: it is read
  void work(Holding holding, @Nullable RunData data) {
    try {
      worker.work(holding, data);
    } finally {
      held.remove(holding.run().id(), holding);
      slots.release();
    }
  }

  /// Lets steps in flight finish for at most `grace`, then gives all runs back.
  void drain(Duration grace) {
    draining = true;
    tellDraining();
    held.values().forEach(h -> h.stopAtNextStep(Holding.Stop.RELEASE));
    if (!allEndWithin(grace)) {
      held.values().forEach(h -> h.stopNow(Holding.Stop.RELEASE));
      allEndWithin(Duration.ofSeconds(2));
    }
  }

  private void tellDraining() {
    try {
      database.useTx(tx -> store.drain(tx, id));
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
    draining = true;
    look.interrupt();
    watch.interrupt();
    beat.interrupt();
    try {
      beat.join(Duration.ofSeconds(2));
      database.useTx(tx -> store.leave(tx, id));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("This node could not sign off; others notice by its beat", e);
    }
    worker.close();
  }
}
