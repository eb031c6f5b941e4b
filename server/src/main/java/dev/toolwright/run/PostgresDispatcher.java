package dev.toolwright.run;

import dev.toolwright.database.Database;
import dev.toolwright.database.Line;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Claims runs from PostgreSQL.
final class PostgresDispatcher implements Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresDispatcher.class);
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final Database database;
  private final RunNode node;
  private final List<String> programs;
  private final Semaphore hints = new Semaphore(0);
  private final ClaimStore store = new ClaimStore();
  private volatile boolean claiming;

  /// Whether runs were left that nobody may work on until others end.
  private volatile boolean crowded;

  private volatile boolean closed;
  private final Thread claim = Thread.ofVirtual().name("run-claim").unstarted(this::claim);

  PostgresDispatcher(Database database, RunNode node, List<String> programs) {
    this.database = database;
    this.node = node;
    this.programs = programs;
  }

  @Override
  public void start() {
    node.start(hints::release);
    claiming = true;
    claim.start();
  }

  @Override
  public boolean isAlive() {
    return node.isAlive();
  }

  /// Claims on a session of its own, which has planned its one statement.
  private void claim() {
    while (!closed) {
      try (var line = database.line("claim", RunNode.ANSWER_WITHIN)) {
        line.planByKeys();
        while (!closed) {
          hints.tryAcquire(RunNode.TICK.toMillis(), TimeUnit.MILLISECONDS);
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
    while (claiming && node.isAlive()) {
      node.slots().acquire();
      var room = 1 + node.slots().drainPermits();
      var taken = List.<Run>of();
      try {
        // The slot may have become free only because this node drains.
        if (!claiming) {
          return;
        }
        // Before it is known, so that none that ends meanwhile is missed.
        crowded = true;
        var wanted = room;
        taken = line.direct(tx -> store.claim(tx, node.id(), programs, wanted));
      } finally {
        node.slots().release(room - taken.size());
      }
      taken.forEach(run -> hold(run, null));
      if (taken.size() < room) {
        crowded = line.direct(store::hasReady);
        return;
      }
    }
  }

  private static boolean pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  String nodeId() {
    return node.id();
  }

  /// A slot for a run that is about to be stored, if one is free.
  Seat seat() {
    return claiming && node.isAlive() && node.slots().tryAcquire() ? new Seat(this) : Seat.NONE;
  }

  void leaveSeat() {
    node.slots().release();
  }

  /// Works on a run that has a seat here.
  void begin(Run run, RunData data) {
    hold(run, data);
  }

  /// @param data as it was just stored; null: it is read
  private void hold(Run run, @Nullable RunData data) {
    var holding = node.hold(run);
    Thread.ofVirtual()
        .name(run.id())
        .start(() -> {
          try {
            node.work(holding, data);
          } finally {
            if (crowded) {
              hints.release();
            }
          }
        });
  }

  @Override
  public void drain(Duration grace) {
    claiming = false;
    node.drain(grace);
  }

  @Override
  public void close() {
    closed = true;
    claiming = false;
    claim.interrupt();
    node.close();
  }
}
