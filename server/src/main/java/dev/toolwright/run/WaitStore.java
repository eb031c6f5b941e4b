package dev.toolwright.run;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The SQL of waits that are answered from outside: what the holder of the run and whoever answers
/// do with them.
final class WaitStore {
  /// Opens a wait that an answer from outside finds by its token; one that is open already keeps
  /// its end, and its last token beside the new one. Gives the time it has left; empty when it
  /// waits for ever.
  Optional<Duration> open(Tx tx, Run run, Wait wait, byte @Nullable [] tokenHash) {
    return tx.handle()
        .createQuery(
            """
            insert into run_wait as w (workspace_id, run_id, key, reason, due_at, question, token_hash, opened_at)
            select r.workspace_id, r.id, :key, :reason, clock_timestamp() + :due * interval '1 millisecond',
                   :question::json, :hash, clock_timestamp()
            from run r where r.workspace_id = :workspace and r.id = :id and r.fence = :fence and r.state = 'running'
            on conflict (workspace_id, run_id, key) do update set token_hash = excluded.token_hash,
              former_hash = case when w.token_hash = excluded.token_hash then w.former_hash else w.token_hash end
            returning (extract(epoch from w.due_at - clock_timestamp()) * 1000)::bigint as left_ms
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("fence", run.fence())
        .bind("key", wait.key())
        .bind("reason", wait.reason())
        .bind("due", wait.due() == null ? null : wait.due().toMillis())
        .bind("question", wait.question() == null ? null : Json.write(wait.question()))
        .bind("hash", tokenHash)
        .map((row, _) -> left(row))
        .findOne()
        .orElseThrow(() -> new StaleOwner(run.id()));
  }

  private static Optional<Duration> left(ResultSet row) throws SQLException {
    return Optional.ofNullable(row.getObject("left_ms", Long.class)).map(Duration::ofMillis);
  }

  /// Where a wait has got to. One whose time is over takes no answer from here on.
  Waited waited(Tx tx, Run run, String key) {
    end(tx, run, key, "due_at <= clock_timestamp()");
    return tx.handle()
        .createQuery(
            """
            select reason, answer, answered_at is not null as ended,
              (extract(epoch from due_at - clock_timestamp()) * 1000)::bigint as left_ms,
              (extract(epoch from coalesce(answered_at, clock_timestamp()) - opened_at) * 1000)::bigint as after_ms
            from run_wait where workspace_id = :workspace and run_id = :id and key = :key
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("key", key)
        .map((row, _) -> {
          Waited waited =
              row.getBoolean("ended")
                  ? new Waited.Ended(
                      new Answer(
                          RunStore.json(row, "answer"), Duration.ofMillis(row.getLong("after_ms"))))
                  : new Waited.Still(
                      Wait.opened(key, row.getString("reason"), left(row).orElse(null)));
          return waited;
        })
        .findOne()
        .orElseGet(Waited.Never::new);
  }

  void close(Tx tx, Run run, String key) {
    end(tx, run, key, "true");
  }

  /// The row's lock decides between this and an answer that comes at the same moment.
  private static void end(Tx tx, Run run, String key, String condition) {
    tx.handle()
        .createUpdate(
            """
            update run_wait set answered_at = clock_timestamp()
            where workspace_id = :workspace and run_id = :id and key = :key and answered_at is null and %s
            """
                .formatted(condition))
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("key", key)
        .execute();
  }

  /// @param answer the first that came
  /// @param isOver it takes no answer, and has none
  record Asked(
      String workspaceId, String runId, String key, @Nullable JsonNode answer, boolean isOver) {}

  Optional<Asked> find(Tx tx, String workspaceId, byte[] tokenHash) {
    return tx.handle()
        .createQuery(
            """
            select w.run_id, w.key, w.answer,
              w.answer is null and (w.answered_at is not null or w.due_at <= clock_timestamp() or r.ended_at is not null)
                as is_over
            from run_wait w join run r on r.workspace_id = w.workspace_id and r.id = w.run_id
            where w.workspace_id = :workspace and (w.token_hash = :hash or w.former_hash = :hash)
            """)
        .bind("workspace", workspaceId)
        .bind("hash", tokenHash)
        .map((row, _) ->
            new Asked(
                workspaceId,
                row.getString("run_id"),
                row.getString("key"),
                RunStore.json(row, "answer"),
                row.getBoolean("is_over")))
        .findOne();
  }

  /// Answers the wait of a step for its child, if it still waits.
  void answerParent(Tx tx, String workspaceId, Parent parent, JsonNode answer, String childId) {
    tx.handle()
        .createUpdate(
            """
            update run_wait set answer = :answer::json, answered_by = :child, answered_at = clock_timestamp()
            where workspace_id = :workspace and run_id = :run and key = :key and answered_at is null
            """)
        .bind("workspace", workspaceId)
        .bind("run", parent.runId())
        .bind("key", Wait.ofStep(parent.stepKey()))
        .bind("answer", Json.write(answer))
        .bind("child", childId)
        .execute();
  }

  /// Answers a wait that is open and not yet over. False when it is not, or not any more.
  boolean answerInTime(Tx tx, Asked asked, JsonNode answer, String by) {
    return tx.handle()
            .createUpdate(
                """
                update run_wait set answer = :answer::json, answered_by = :by, answered_at = clock_timestamp()
                where workspace_id = :workspace and run_id = :run and key = :key and answered_at is null
                  and (due_at is null or due_at > clock_timestamp())
                """)
            .bind("workspace", asked.workspaceId())
            .bind("run", asked.runId())
            .bind("key", asked.key())
            .bind("answer", Json.write(answer))
            .bind("by", by)
            .execute()
        == 1;
  }

  static Wait wait(ResultSet row, @Nullable Duration left) throws SQLException {
    return new Wait(
        row.getString("key"),
        row.getString("reason"),
        left,
        RunStore.json(row, "question"),
        RunStore.json(row, "answer"),
        true);
  }
}
