package dev.toolwright.mcp;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

final class SessionStore {
  void insert(Tx tx, String workspaceId, String userId, String id, JsonNode capabilities) {
    tx.handle()
        .createUpdate(
            """
            insert into mcp_session (workspace_id, id, user_id, capabilities)
            values (:workspace, :id, :user, :capabilities::json)
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .bind("capabilities", Json.write(capabilities))
        .execute();
  }

  /// Using it keeps it alive, which is noted once an hour.
  Optional<Session> find(Tx tx, String workspaceId, String userId, String id) {
    return tx.handle()
        .createQuery(
            """
            with used as (
              update mcp_session set used_at = now()
              where workspace_id = :workspace and id = :id and user_id = :user
                and used_at < now() - interval '1 hour')
            select id, capabilities, log_level, subscriptions from mcp_session
            where workspace_id = :workspace and id = :id and user_id = :user
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .map((row, _) ->
            new Session(
                row.getString("id"),
                Json.stored(row.getString("capabilities")),
                row.getString("log_level"),
                List.of((String[]) row.getArray("subscriptions").getArray())))
        .findOne();
  }

  void setLogLevel(Tx tx, String workspaceId, String id, String level) {
    tx.handle()
        .createUpdate(
            "update mcp_session set log_level = :level where workspace_id = :workspace and id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("level", level)
        .execute();
  }

  /// @return false: it would be more than `most`, or the session is over
  boolean subscribe(Tx tx, String workspaceId, String id, String uri, int most) {
    return tx.handle()
            .createUpdate(
                """
                update mcp_session
                set subscriptions = array_append(array_remove(subscriptions, :uri), :uri)
                where workspace_id = :workspace and id = :id
                  and cardinality(array_remove(subscriptions, :uri)) < :most
                """)
            .bind("workspace", workspaceId)
            .bind("id", id)
            .bind("uri", uri)
            .bind("most", most)
            .execute()
        == 1;
  }

  void unsubscribe(Tx tx, String workspaceId, String id, String uri) {
    tx.handle()
        .createUpdate(
            """
            update mcp_session set subscriptions = array_remove(subscriptions, :uri)
            where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("uri", uri)
        .execute();
  }

  void delete(Tx tx, String workspaceId, String userId, String id) {
    tx.handle()
        .createUpdate(
            "delete from mcp_session where workspace_id = :workspace and id = :id and user_id = :user")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .execute();
  }

  void deleteIdle(Tx tx) {
    tx.handle().execute("delete from mcp_session where used_at < now() - interval '1 day'");
    tx.handle().execute("delete from mcp_question where asked_at < now() - interval '1 hour'");
  }

  void ask(Tx tx, String workspaceId, String userId, String id) {
    tx.handle()
        .createUpdate(
            "insert into mcp_question (workspace_id, id, user_id) values (:workspace, :id, :user)")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .execute();
  }

  boolean answer(Tx tx, String workspaceId, String userId, String id, JsonNode answer) {
    return tx.handle()
            .createUpdate(
                """
                update mcp_question set answer = :answer::json
                where workspace_id = :workspace and id = :id and user_id = :user and answer is null
                """)
            .bind("workspace", workspaceId)
            .bind("id", id)
            .bind("user", userId)
            .bind("answer", Json.write(answer))
            .execute()
        == 1;
  }

  Optional<JsonNode> answer(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            """
            select answer from mcp_question
            where workspace_id = :workspace and id = :id and answer is not null
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .mapTo(String.class)
        .findOne()
        .map(Json::stored);
  }

  void forget(Tx tx, String workspaceId, String id) {
    tx.handle()
        .createUpdate("delete from mcp_question where workspace_id = :workspace and id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .execute();
  }
}
