package dev.toolwright.agent;

import dev.toolwright.database.Columns;
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

  /// A conversation that begins.
  record New(String workspaceId, String id, String userId, String agentId) {}

  void insert(Tx tx, List<New> all) {
    var columns = new Columns();
    for (var one : all) {
      columns.add("workspaces", one.workspaceId()).add("ids", one.id());
      columns.add("users", one.userId()).add("agents", one.agentId());
    }
    tx.last(
        """
        insert into thread (workspace_id, id, user_id, agent_id)
        select * from unnest(:workspaces, :ids, :users, :agents)
        """,
        columns);
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

  /// What a run added to a conversation.
  record Said(String workspaceId, String id, String runId, List<ChatMessage> messages) {}

  void append(Tx tx, List<Said> all) {
    var columns = new Columns();
    for (var said : all) {
      for (var i = 0; i < said.messages().size(); i++) {
        columns.add("workspaces", said.workspaceId()).add("ids", said.id());
        columns.add("runs", said.runId()).add("positions", i + 1);
        columns.add("messages", Json.write(said.messages().get(i).toJson()));
      }
    }
    tx.last(
        """
        insert into thread_message (workspace_id, thread_id, run_id, position, message)
        select workspace, id, run, position::int, message::json
        from unnest(:workspaces, :ids, :runs, :positions, :messages)
          m (workspace, id, run, position, message)
        on conflict do nothing
        """,
        columns);
  }
}
