package dev.toolwright.agent;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import dev.toolwright.model.ChatMessage;
import java.util.List;

/// Conversations: the messages of their completed runs.
final class ThreadStore {
  /// The newest messages that a model is shown again.
  private static final int SHOWN = 200;

  boolean exists(Tx tx, String workspaceId, String userId, String id) {
    return tx.handle()
        .createQuery(
            """
            select exists (select from thread where workspace_id = :workspace and id = :id and user_id = :user)
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .mapTo(Boolean.class)
        .one();
  }

  void insert(Tx tx, String workspaceId, String id, String userId, String agentId) {
    tx.handle()
        .createUpdate(
            """
            insert into thread (workspace_id, id, user_id, agent_id) values (:workspace, :id, :user, :agent)
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .bind("agent", agentId)
        .execute();
  }

  List<ChatMessage> messages(Tx tx, String workspaceId, String id, String beforeRunId) {
    return tx.handle()
        .createQuery(
            """
            select message from (
              select run_id, position, message from thread_message
              where workspace_id = :workspace and thread_id = :id and run_id < :run
              order by run_id desc, position desc limit :limit) newest
            order by run_id, position
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("run", beforeRunId)
        .bind("limit", SHOWN)
        .map((row, _) -> ChatMessage.fromJson(Json.stored(row.getString("message"))))
        .list();
  }

  void append(Tx tx, String workspaceId, String id, String runId, List<ChatMessage> messages) {
    tx.handle()
        .createUpdate(
            """
            insert into thread_message (workspace_id, thread_id, run_id, position, message)
            select :workspace, :id, :run, m.position, m.message::json
            from unnest(:messages) with ordinality m (message, position) on conflict do nothing
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("run", runId)
        .bindArray(
            "messages",
            String.class,
            messages.stream().map(message -> Json.write(message.toJson())).toList())
        .execute();
  }
}
