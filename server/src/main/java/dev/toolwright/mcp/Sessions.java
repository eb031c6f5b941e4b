package dev.toolwright.mcp;

import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.json.Ids;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// Sessions of clients with a handshake, and what they are asked in the middle of a call. Any node
/// knows them: a client's answer may reach another than the one that asked. A session that is not
/// used for a day is forgotten.
public final class Sessions {
  private static final String CHANGED = "mcp-sessions-changed";
  private static final String CANCELLED = "mcp-cancelled";
  private static final String ANSWERED = "mcp-answered-";
  private static final int ID_BYTES = 18;

  private final Database database;
  private final Notices notices;
  private final SessionStore store = new SessionStore();
  private final Fresh<Key, Session> seen = new Fresh<>();

  private record Key(String workspaceId, String userId, String id) {}

  public Sessions(Database database, Notices notices) {
    this.database = database;
    this.notices = notices;
    notices.subscribe(CHANGED, seen::clear);
  }

  /// @return its id
  public String open(String workspaceId, String userId, JsonNode capabilities) {
    var id = Ids.random(ID_BYTES);
    database.useTx(tx -> store.insert(tx, workspaceId, userId, id, capabilities));
    return id;
  }

  public Optional<Session> find(String workspaceId, String userId, String id) {
    return seen.get(
        new Key(workspaceId, userId, id),
        () -> database.inTx(tx -> store.find(tx, workspaceId, userId, id)));
  }

  /// Says from which level on a session hears of logs.
  public void hearLogs(String workspaceId, Session session, String level) {
    database.useTx(tx -> store.setLogLevel(tx, workspaceId, session.id(), level));
    notices.add(CHANGED);
  }

  /// Has a session hear of a resource's changes.
  ///
  /// @return false: it would be more than `most` resources
  public boolean subscribe(String workspaceId, Session session, String uri, int most) {
    var done = database.inTx(tx -> store.subscribe(tx, workspaceId, session.id(), uri, most));
    notices.add(CHANGED);
    return done;
  }

  public void unsubscribe(String workspaceId, Session session, String uri) {
    database.useTx(tx -> store.unsubscribe(tx, workspaceId, session.id(), uri));
    notices.add(CHANGED);
  }

  public void close(String workspaceId, String userId, String id) {
    database.useTx(tx -> store.delete(tx, workspaceId, userId, id));
    notices.add(CHANGED);
  }

  /// For a chore.
  public void forgetIdle() {
    database.useTx(store::deleteIdle);
  }

  /// Tells every node that a client cancelled a request.
  public void cancel(String request) {
    notices.say(CANCELLED, request, true);
  }

  /// Hears which requests were cancelled.
  public void whenCancelled(Consumer<String> hears) {
    notices.listen(CANCELLED, hears);
  }

  /// A question to a client that its user may answer.
  ///
  /// @return its id, which nobody can guess
  public String ask(String workspaceId, String userId) {
    var id = Ids.random(ID_BYTES);
    database.useTx(tx -> store.ask(tx, workspaceId, userId, id));
    return id;
  }

  /// Takes the answer to a question; one that nobody asked, or a second one, is dropped.
  public void answer(String workspaceId, String userId, String id, JsonNode answer) {
    if (database.inTx(tx -> store.answer(tx, workspaceId, userId, id, answer))) {
      notices.add(ANSWERED + id);
    }
  }

  /// Waits for the answer to a question, which is over then.
  ///
  /// @return empty when none came in time
  public Optional<JsonNode> await(String workspaceId, String id, Duration time)
      throws InterruptedException {
    var end = System.nanoTime() + time.toNanos();
    var hints = new Semaphore(0);
    try (var _ = notices.subscribe(ANSWERED + id, hints::release)) {
      while (true) {
        var answer = database.direct(tx -> store.answer(tx, workspaceId, id));
        var left = end - System.nanoTime();
        if (answer.isPresent() || left <= 0) {
          return answer;
        }
        hints.tryAcquire(Math.min(left, Duration.ofSeconds(1).toNanos()), TimeUnit.NANOSECONDS);
      }
    } finally {
      database.useTx(tx -> store.forget(tx, workspaceId, id));
    }
  }
}
