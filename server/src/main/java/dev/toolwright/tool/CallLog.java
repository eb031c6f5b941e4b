package dev.toolwright.tool;

import dev.toolwright.database.Database;
import dev.toolwright.database.Portions;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records calls durably before their answers leave. One writer stores whatever has gathered in one
/// transaction, so that concurrent calls share a commit; usage and credits are aggregated in it. A
/// row that cannot be stored fails alone.
public final class CallLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CallLog.class);
  private static final int QUEUE = 2_048;
  private static final int GROUP = 256;
  private static final int PORTION = 5_000;

  private record Entry(CallRecord record, CompletableFuture<Boolean> stored) {}

  private final Database database;
  private final CallStore store = new CallStore();
  private final ArrayBlockingQueue<Entry> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Thread writer;
  private volatile boolean closed;

  public CallLog(Database database) {
    this.database = database;
    this.writer = Thread.ofPlatform().name("call-log").daemon().start(this::write);
  }

  /// Returns when the record is committed.
  ///
  /// @throws Problem 503 when the log is full or the database does not take it
  void record(CallRecord record) throws InterruptedException {
    var entry = new Entry(record, new CompletableFuture<>());
    if (closed || !queue.offer(entry)) {
      throw Problem.retryLater(
          Problem.Kind.UNAVAILABLE,
          "Too many calls at once; try again shortly",
          Duration.ofSeconds(1));
    }
    try {
      entry.stored().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Problem problem) {
        throw problem;
      }
      throw Problem.retryLater(
          Problem.Kind.UNAVAILABLE, "The call could not be recorded", Duration.ofSeconds(2));
    }
  }

  /// Deletes the records of calls made before `time`, in portions: for a chore. What they add up to
  /// stays. Returns how many.
  public int forget(Instant time) {
    var before = Ids.before("call", time);
    return Portions.all(PORTION, () -> database.direct(tx -> store.forget(tx, before, PORTION)));
  }

  private void write() {
    var group = new ArrayList<Entry>(GROUP);
    while (!closed || !queue.isEmpty()) {
      try {
        group.clear();
        group.add(queue.take());
        queue.drainTo(group, GROUP - 1);
        flush(group);
      } catch (InterruptedException e) {
        // Closing: the loop's condition decides.
      }
    }
  }

  private void flush(List<Entry> group) {
    try {
      database.direct(tx -> {
        store.insert(tx, group.stream().map(Entry::record).toList());
        return true;
      });
      group.forEach(entry -> entry.stored().complete(true));
    } catch (RuntimeException e) {
      if (group.size() == 1) {
        LOG.warn("A call was not recorded: {}", e.getClass().getSimpleName());
        group.getFirst().stored().completeExceptionally(e);
      } else {
        group.forEach(entry -> flush(List.of(entry)));
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    writer.interrupt();
    try {
      writer.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
