package dev.toolwright.account;

import dev.toolwright.database.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tokens as their users and admins list and end them.
final class TokenStore {
  private static final String LIVE =
      """
      from api_token where workspace_id = :workspace and user_id = :user
        and revoked_at is null and (expires_at is null or expires_at > now())
      """;

  /// The user's live tokens, newest first.
  List<ApiToken> list(Tx tx, String workspaceId, String userId) {
    return tx.handle()
        .createQuery(
            "select id, user_id, name, created_at, expires_at, last_used_at "
                + LIVE
                + " order by created_at desc, id desc")
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .map((row, _) ->
            new ApiToken(
                row.getString("id"),
                row.getString("user_id"),
                row.getString("name"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                instant(row, "expires_at"),
                instant(row, "last_used_at")))
        .list();
  }

  int count(Tx tx, String workspaceId, String userId) {
    return tx.handle()
        .createQuery("select count(*) " + LIVE)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .mapTo(Integer.class)
        .one();
  }

  void revokeAll(Tx tx, String workspaceId, String userId) {
    tx.handle()
        .createUpdate(
            """
            update api_token set revoked_at = now()
            where workspace_id = :workspace and user_id = :user and revoked_at is null
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .execute();
  }

  void revokeOfWorkspace(Tx tx, String workspaceId) {
    tx.handle()
        .createUpdate(
            "update api_token set revoked_at = now() where workspace_id = :workspace and revoked_at is null")
        .bind("workspace", workspaceId)
        .execute();
  }

  /// Revokes the user's tokens of a name, except one.
  void revokeNamed(Tx tx, String workspaceId, String userId, String name, String exceptId) {
    tx.handle()
        .createUpdate(
            """
            update api_token set revoked_at = now()
            where workspace_id = :workspace and user_id = :user and name = :name and id <> :except
              and revoked_at is null
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("name", name)
        .bind("except", exceptId)
        .execute();
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    var time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
