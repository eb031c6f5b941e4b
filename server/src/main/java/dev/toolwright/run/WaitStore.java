package dev.toolwright.run;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The SQL of waits that are answered from outside.
final class WaitStore {
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
            where w.workspace_id = :workspace and w.token_hash = :hash
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

  /// Answers a wait that is open and not yet over. False when it is not, or not any more.
  boolean answerInTime(Tx tx, Asked asked, JsonNode answer, String by) {
    return tx.handle()
            .createUpdate(
                """
                update run_wait set answer = :answer::json, answered_by = :by, answered_at = clock_timestamp()
                where workspace_id = :workspace and run_id = :run and key = :key and answered_at is null
                  and due_at > clock_timestamp()
                """)
            .bind("workspace", asked.workspaceId())
            .bind("run", asked.runId())
            .bind("key", asked.key())
            .bind("answer", Json.write(answer))
            .bind("by", by)
            .execute()
        == 1;
  }
}
