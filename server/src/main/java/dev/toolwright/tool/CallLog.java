package dev.toolwright.tool;

import dev.toolwright.database.Database;
import dev.toolwright.database.Portions;
import dev.toolwright.database.Together;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records calls durably before their answers leave. Calls that end at the same time share a
/// commit; usage and credits are aggregated in it. A row that cannot be stored fails alone.
public final class CallLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CallLog.class);
  private static final int PORTION = 5_000;

  private final Database database;
  private final CallStore store = new CallStore();
  private final Together<CallRecord, Boolean> together;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("call-log").factory());

  public CallLog(Database database) {
    this.database = database;
    this.together = new Together<>(database, "calls", _ -> false, this::store);
  }

  private List<Boolean> store(Tx tx, List<CallRecord> records) {
    store.insert(tx, records);
    return Collections.nCopies(records.size(), true);
  }

  /// Returns when the record is committed. A caller that is interrupted leaves it to be stored: an
  /// interrupt would tear the session that all share, so a thread of its own does it.
  ///
  /// @throws Problem 503 when the database does not take it
  void record(CallRecord record) throws InterruptedException {
    try {
      threads.submit(() -> together.add(record)).get();
    } catch (RejectedExecutionException e) {
      throw notRecorded();
    } catch (ExecutionException e) {
      var why = Objects.requireNonNull(e.getCause());
      LOG.warn("A call was not recorded: {}", why.getClass().getSimpleName());
      throw why instanceof Problem problem ? problem : notRecorded();
    }
  }

  private static Problem notRecorded() {
    return Problem.retryLater(
        Problem.Kind.UNAVAILABLE, "The call could not be recorded", Duration.ofSeconds(2));
  }

  /// Deletes the records of calls made before `time`, in portions: for a chore. What they add up to
  /// stays. Returns how many.
  public int forget(Instant time) {
    var before = Ids.before("call", time);
    return Portions.all(PORTION, () -> database.direct(tx -> store.forget(tx, before, PORTION)));
  }

  /// What is being stored, nobody may wait for any more: it is stored all the same.
  @Override
  public void close() {
    threads.shutdown();
    try {
      threads.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    together.close();
  }
}
