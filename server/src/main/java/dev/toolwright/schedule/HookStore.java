package dev.toolwright.schedule;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

final class HookStore {
  private static final String SELECT =
      """
      select h.workspace_id, h.id, h.user_id, h.name, h.target, h.target_id, h.priority, h.input, h.secret_id,
        h.enabled, h.created_at
      from hook h
      """;

  void insert(Tx tx, Hook one) {
    bound(
            tx.handle()
                .createUpdate(
                    """
                    insert into hook (workspace_id, id, user_id, name, target, target_id, priority, input, secret_id,
                                      enabled)
                    values (:workspace, :id, :user, :name, :target, :targetId, :priority, :input::json, :secret,
                            :enabled)
                    """),
            one)
        .execute();
  }

  void update(Tx tx, Hook one) {
    bound(
            tx.handle()
                .createUpdate(
                    """
                    update hook set user_id = :user, name = :name, target = :target, target_id = :targetId,
                      priority = :priority, input = :input::json, secret_id = :secret, enabled = :enabled
                    where workspace_id = :workspace and id = :id
                    """),
            one)
        .execute();
  }

  private static Update bound(Update statement, Hook one) {
    return statement
        .bind("workspace", one.workspaceId())
        .bind("id", one.id())
        .bind("user", one.userId())
        .bind("name", one.name())
        .bind("target", one.target().kind())
        .bind("targetId", one.target().id())
        .bind("priority", one.priority().word())
        .bind("input", Json.write(one.input()))
        .bind("secret", one.secretId())
        .bind("enabled", one.enabled());
  }

  void delete(Tx tx, Hook one) {
    tx.handle()
        .createUpdate("delete from hook where workspace_id = :workspace and id = :id")
        .bind("workspace", one.workspaceId())
        .bind("id", one.id())
        .execute();
  }

  Optional<Hook> find(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(SELECT + " where h.workspace_id = :workspace and h.id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> hook(row))
        .findOne();
  }

  /// The newest first.
  ///
  /// @param userId null: everybody's
  List<Hook> list(Tx tx, String workspaceId, @Nullable String userId) {
    return tx.handle()
        .createQuery(
            SELECT
                + """
                where h.workspace_id = :workspace and (:user::text is null or h.user_id = :user)
                order by h.id desc
                """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .map((row, _) -> hook(row))
        .list();
  }

  /// Notes a message. False when it was taken before.
  boolean take(Tx tx, Hook hook, String messageId, String runId) {
    return tx.handle()
            .createUpdate(
                """
                insert into hook_message (workspace_id, hook_id, message_id, run_id)
                values (:workspace, :hook, :message, :run) on conflict do nothing
                """)
            .bind("workspace", hook.workspaceId())
            .bind("hook", hook.id())
            .bind("message", messageId)
            .bind("run", runId)
            .execute()
        == 1;
  }

  /// The run that a message has started.
  Optional<String> taken(Tx tx, Hook hook, String messageId) {
    return tx.handle()
        .createQuery(
            """
            select run_id from hook_message
            where workspace_id = :workspace and hook_id = :hook and message_id = :message
            """)
        .bind("workspace", hook.workspaceId())
        .bind("hook", hook.id())
        .bind("message", messageId)
        .mapTo(String.class)
        .findOne();
  }

  /// Forgets messages that nobody sends again.
  void forgetOld(Tx tx) {
    tx.handle()
        .createUpdate("delete from hook_message where at < clock_timestamp() - interval '7 days'")
        .execute();
  }

  private static Hook hook(ResultSet row) throws SQLException {
    return new Hook(
        row.getString("workspace_id"),
        row.getString("id"),
        row.getString("user_id"),
        row.getString("name"),
        new Target(row.getString("target"), row.getString("target_id")),
        Priority.of(row.getString("priority")),
        Json.stored(row.getString("input")),
        row.getString("secret_id"),
        row.getBoolean("enabled"),
        row.getObject("created_at", OffsetDateTime.class).toInstant());
  }
}
