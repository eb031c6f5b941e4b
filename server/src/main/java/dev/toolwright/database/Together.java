package dev.toolwright.database;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One kind of work that many do at the same time, done in common transactions: whoever comes while
/// one is under way joins the next, which does the work of all that have gathered. Who is alone
/// waits for nobody. When a transaction of several fails, each does its part alone, so that nobody
/// fails because of another.
///
/// Safe for any number of threads; they cannot be interrupted here.
public final class Together<T, R> implements AutoCloseable {
  private static final int MOST = 64;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);

  /// A session that was used within this time is taken for alive.
  private static final long IDLE_NANOS = Duration.ofMillis(500).toNanos();

  private final Database database;
  private final String name;
  private final Predicate<T> needsTransaction;
  private final Work<T, R> work;
  private final Deque<Part<T, R>> waiting = new ArrayDeque<>();
  private boolean busy;

  /// Used by whoever leads, as is `used`: when it did last, in nanoseconds.
  private @Nullable Line line;

  private long used;

  /// @param name of the work, for the database's list of sessions
  /// @param needsTransaction whether this part's work is more than one statement
  public Together(Database database, String name, Predicate<T> needsTransaction, Work<T, R> work) {
    this.database = database;
    this.name = name;
    this.needsTransaction = needsTransaction;
    this.work = work;
  }

  /// Does the work of all. It may be called again after it has failed, so it does nothing but SQL.
  @FunctionalInterface
  public interface Work<T, R> {
    /// @return what came of each part, in their order
    List<R> doAll(Tx tx, List<T> parts);
  }

  /// What somebody who waits is to do next.
  private enum Turn {
    LEAD,
    TAKE_RESULT,
    GO_ALONE
  }

  private static final class Part<T, R> {
    final T value;
    final CompletableFuture<Turn> turn = new CompletableFuture<>();
    volatile @Nullable R result;

    Part(T value) {
      this.value = value;
    }
  }

  /// Has this part done, with whatever else has gathered, and returns when it is committed.
  public R add(T value) {
    var part = new Part<T, R>(value);
    var turn = join(part) ? Turn.LEAD : part.turn.join();
    if (turn == Turn.LEAD) {
      turn = lead(part);
    }
    var result = part.result;
    return turn == Turn.GO_ALONE || result == null
        ? database.inTx(tx -> work.doAll(tx, List.of(value))).getFirst()
        : result;
  }

  /// Whether nobody leads yet.
  private synchronized boolean join(Part<T, R> part) {
    waiting.add(part);
    var first = !busy;
    busy = true;
    return first;
  }

  private Turn lead(Part<T, R> mine) {
    var group = gathered();
    try {
      var results = transact(group.stream().map(part -> part.value).toList());
      for (var i = 0; i < group.size(); i++) {
        group.get(i).result = results.get(i);
      }
      group.forEach(part -> part.turn.complete(Turn.TAKE_RESULT));
    } catch (RuntimeException | Error e) {
      if (group.size() == 1) {
        throw e;
      }
      group.forEach(part -> part.turn.complete(Turn.GO_ALONE));
    } finally {
      handOver();
    }
    return mine.turn.join();
  }

  private synchronized List<Part<T, R>> gathered() {
    var group = new ArrayList<Part<T, R>>();
    while (!waiting.isEmpty() && group.size() < MOST) {
      group.add(waiting.remove());
    }
    return group;
  }

  /// How many wait, for tests.
  synchronized int waiting() {
    return waiting.size();
  }

  private synchronized void handOver() {
    var next = waiting.peek();
    if (next == null) {
      busy = false;
    } else {
      next.turn.complete(Turn.LEAD);
    }
  }

  /// On a session of its own, whose plans do not depend on how large a table was when a statement
  /// was planned first: each of its rows is looked up by a key.
  private List<R> transact(List<T> values) {
    var open = line;
    if (open != null && System.nanoTime() - used > IDLE_NANOS && !open.answers()) {
      // The database was away, and nobody noticed.
      open.close();
      open = null;
    }
    if (open == null) {
      open = database.line(name, ANSWER_WITHIN);
      open.planByKeys();
      line = open;
    }
    try {
      var results =
          values.stream().anyMatch(needsTransaction)
              ? open.inTx(tx -> work.doAll(tx, values))
              : open.direct(tx -> work.doAll(tx, values));
      used = System.nanoTime();
      return results;
    } catch (RuntimeException | Error e) {
      if (!open.answers()) {
        open.close();
        line = null;
      }
      throw e;
    }
  }

  /// Call it when nobody adds any more.
  @Override
  public synchronized void close() {
    if (line != null) {
      line.close();
      line = null;
    }
  }
}
