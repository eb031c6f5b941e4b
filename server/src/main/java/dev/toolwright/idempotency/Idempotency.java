package dev.toolwright.idempotency;

import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Keeps, for 24 hours, the answer to each request that came with an `Idempotency-Key`. The key is
/// claimed before acting and closed after; a second request with it waits for the first.
public final class Idempotency {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  private final Database database;
  private final String nodeId;
  private final IdempotencyStore store = new IdempotencyStore();

  /// Claims whose request this process is still working on. An open row of ours that is not among
  /// them lost its end to a failing database and is orphaned.
  private final Set<Claim.Fresh> live = ConcurrentHashMap.newKeySet();

  /// @param nodeId of this process, as in table `node`
  public Idempotency(Database database, String nodeId) {
    this.database = database;
    this.nodeId = nodeId;
  }

  /// Claims the key, waiting some seconds for another request that holds it.
  ///
  /// @param requestHash of all that the request asks for
  /// @param replayable whether to act again when the node that held the key has died in between
  /// @throws Problem 409 when the key came with another request, is still held, or its outcome is
  ///   unknown
  public Claim claim(Key key, byte[] requestHash, boolean replayable) throws InterruptedException {
    var giveUp = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var claim = attempt(key, requestHash, replayable);
      if (claim.isPresent()) {
        return claim.get();
      }
      if (System.nanoTime() > giveUp) {
        throw Problem.retryLater(
            Problem.Kind.CONFLICT,
            "A request with this Idempotency-Key is still in progress",
            Duration.ofSeconds(2));
      }
      Thread.sleep(LOOK_AGAIN);
    }
  }

  /// Keeps the answer in the transaction that did the work: both or neither.
  ///
  /// @throws Problem 409 when another node has taken the key over meanwhile; the work is then
  ///   rolled back with the transaction
  public void done(Tx tx, Claim.Fresh claim, int status, @Nullable JsonNode answer) {
    if (!store.done(tx, claim, status, answer)) {
      throw Problem.of(
          Problem.Kind.CONFLICT, "Another request with this Idempotency-Key has taken over");
    }
  }

  /// Keeps the answer after the work, if no transaction of the work has. A null answer marks the
  /// key as used without keeping what was said.
  public void done(Claim.Fresh claim, int status, @Nullable JsonNode answer) {
    try {
      database.useTx(tx -> store.done(tx, claim, status, answer));
    } finally {
      live.remove(claim);
    }
  }

  /// Gives the key back, so that the request can be repeated; a key that is done stays done.
  public void release(Claim.Fresh claim) {
    try {
      database.useTx(tx -> store.release(tx, claim));
    } finally {
      live.remove(claim);
    }
  }

  /// Ends a claim whose answer was kept with the work.
  public void settled(Claim.Fresh claim) {
    live.remove(claim);
  }

  /// Deletes keys older than their day, in portions: for a chore. Returns how many.
  public int forgetExpired() {
    return database.inTx(tx -> store.forget(tx, 10_000));
  }

  private Optional<Claim> attempt(Key key, byte[] hash, boolean replayable) {
    // Statement by statement: what the second finds must not be locked by the first.
    return database.direct(tx -> look(tx, key, hash, replayable));
  }

  private Optional<Claim> look(Tx tx, Key key, byte[] hash, boolean replayable) {
    var opened = store.open(tx, key, hash, nodeId);
    if (opened.isPresent()) {
      return Optional.of(fresh(new Claim.Fresh(key, opened.get())));
    }
    var row = store.find(tx, key);
    // Released between the two statements: the next look finds it free.
    return row.isEmpty() ? Optional.empty() : follow(tx, key, hash, row.get(), replayable);
  }

  private Optional<Claim> follow(
      Tx tx, Key key, byte[] hash, IdempotencyStore.Row row, boolean replayable) {
    if (!Arrays.equals(row.requestHash(), hash)) {
      throw Problem.of(Problem.Kind.CONFLICT, "This Idempotency-Key was used with another request");
    }
    if (row.state().equals("done")) {
      return Optional.of(new Claim.Replay(row.status(), row.answer()));
    }
    if (row.state().equals("open") && !orphaned(key, row)) {
      return Optional.empty();
    }
    if (row.state().equals("open") && replayable) {
      var since = store.takeOver(tx, key, row.since(), nodeId);
      return since.isEmpty()
          ? Optional.empty()
          : Optional.of(fresh(new Claim.Fresh(key, since.get())));
    }
    if (row.state().equals("open") && !store.unknown(tx, key, row.since())) {
      return Optional.empty();
    }
    throw outcomeUnknown();
  }

  private boolean orphaned(Key key, IdempotencyStore.Row row) {
    return nodeId.equals(row.nodeId())
        ? row.settledIn() && !live.contains(new Claim.Fresh(key, row.since()))
        : row.orphaned();
  }

  private static Problem outcomeUnknown() {
    return Problem.of(
        Problem.Kind.CONFLICT,
        "outcome unknown: the server stopped while it worked on the request with this"
            + " Idempotency-Key; look whether it was done, then repeat it with another key",
        Map.of("outcome", "unknown"));
  }

  private Claim fresh(Claim.Fresh claim) {
    live.add(claim);
    return claim;
  }
}
