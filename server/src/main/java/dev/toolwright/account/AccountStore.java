package dev.toolwright.account;

import dev.toolwright.database.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class AccountStore {
  /// A user as sign-in sees it.
  record User(Caller caller, @Nullable String passwordHash, boolean active) {}

  /// A live token and whose it is.
  ///
  /// @param stale its last use was noted more than a minute ago
  record Holder(Caller caller, String tokenId, @Nullable Instant expiresAt, boolean stale) {}

  private static final String USER_COLUMNS =
      "a.workspace_id, a.id, a.username, a.role, a.scope, a.groups";

  boolean insertWorkspace(Tx tx, String id, String name) {
    return tx.handle()
            .createUpdate(
                """
                with made as (
                  insert into workspace (id, name) values (:id, :name) on conflict (name) do nothing returning id)
                insert into workspace_meter (workspace_id) select id from made
                """)
            .bind("id", id)
            .bind("name", name)
            .execute()
        == 1;
  }

  Optional<String> workspace(Tx tx, String name) {
    return tx.handle()
        .createQuery("select id from workspace where name = :name")
        .bind("name", name)
        .mapTo(String.class)
        .findOne();
  }

  boolean insertUser(Tx tx, String id, NewUser user, @Nullable String passwordHash) {
    return tx.handle()
            .createUpdate(
                """
                insert into account (workspace_id, id, username, password_hash, role, scope, groups)
                values (:workspace, :id, :username, :hash, :role, :scope, :groups)
                on conflict (lower(username)) do nothing
                """)
            .bind("workspace", user.workspaceId())
            .bind("id", id)
            .bind("username", user.username())
            .bind("hash", passwordHash)
            .bind("role", user.role().key())
            .bind("scope", user.scope())
            .bindArray("groups", String.class, List.copyOf(user.groups()))
            .execute()
        == 1;
  }

  Optional<User> byUsername(Tx tx, String username) {
    return tx.handle()
        .createQuery(
            "select "
                + USER_COLUMNS
                + """
                , a.password_hash, a.active and w.closed_at is null as active
                from account a join workspace w on w.id = a.workspace_id
                where lower(a.username) = lower(:username)
                """)
        .bind("username", username)
        .map((row, _) ->
            new User(caller(row), row.getString("password_hash"), row.getBoolean("active")))
        .findOne();
  }

  Optional<Caller> byId(Tx tx, String workspaceId, String userId) {
    return tx.handle()
        .createQuery(
            "select "
                + USER_COLUMNS
                + """
                 from account a join workspace w on w.id = a.workspace_id
                where a.workspace_id = :workspace and a.id = :id and a.active and w.closed_at is null
                """)
        .bind("workspace", workspaceId)
        .bind("id", userId)
        .map((row, _) -> caller(row))
        .findOne();
  }

  Optional<Holder> byToken(Tx tx, byte[] hash) {
    return tx.handle()
        .createQuery(
            "select "
                + USER_COLUMNS
                + """
                , t.id as token_id, t.expires_at,
                  coalesce(t.last_used_at < now() - interval '1 minute', true) as stale
                from api_token t
                join account a on a.workspace_id = t.workspace_id and a.id = t.user_id
                join workspace w on w.id = t.workspace_id
                where t.hash = :hash and t.revoked_at is null and a.active and w.closed_at is null
                  and (t.expires_at is null or t.expires_at > now())
                """)
        .bind("hash", hash)
        .map((row, _) ->
            new Holder(
                caller(row),
                row.getString("token_id"),
                instant(row, "expires_at"),
                row.getBoolean("stale")))
        .findOne();
  }

  void insertToken(
      Tx tx, Caller holder, String id, String name, byte[] hash, @Nullable Instant expiresAt) {
    tx.handle()
        .createUpdate(
            """
            insert into api_token (workspace_id, id, user_id, name, hash, expires_at)
            values (:workspace, :id, :user, :name, :hash, :expires)
            """)
        .bind("workspace", holder.workspaceId())
        .bind("id", id)
        .bind("user", holder.userId())
        .bind("name", name)
        .bind("hash", hash)
        .bind("expires", expiresAt == null ? null : Timestamp.from(expiresAt))
        .execute();
  }

  void touch(Tx tx, String workspaceId, String tokenId) {
    tx.handle()
        .createUpdate(
            """
            update api_token set last_used_at = now() where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", workspaceId)
        .bind("id", tokenId)
        .execute();
  }

  /// @param userId whose token it must be; null: anyone's in the workspace
  boolean revoke(Tx tx, String workspaceId, String tokenId, @Nullable String userId) {
    return tx.handle()
            .createUpdate(
                """
                update api_token set revoked_at = now()
                where workspace_id = :workspace and id = :id and revoked_at is null
                  and (cast(:user as text) is null or user_id = :user)
                """)
            .bind("workspace", workspaceId)
            .bind("id", tokenId)
            .bind("user", userId)
            .execute()
        == 1;
  }

  boolean isNamed(Tx tx, String workspaceId, String tokenId, String name) {
    return tx.handle()
        .createQuery(
            """
            select exists (select 1 from api_token
              where workspace_id = :workspace and id = :id and name = :name)
            """)
        .bind("workspace", workspaceId)
        .bind("id", tokenId)
        .bind("name", name)
        .mapTo(Boolean.class)
        .one();
  }

  /// Makes concurrent sign-ins of one user wait for each other until the transaction ends.
  void lock(Tx tx, Caller user) {
    tx.handle()
        .createQuery(
            """
            select id from account where workspace_id = :workspace and id = :id for no key update
            """)
        .bind("workspace", user.workspaceId())
        .bind("id", user.userId())
        .mapTo(String.class)
        .one();
  }

  /// Revokes the user's live tokens of that name except the `keep` latest. Returns how many.
  int revokeOldest(Tx tx, Caller user, String name, int keep) {
    return tx.handle()
        .createUpdate(
            """
            update api_token set revoked_at = now()
            where workspace_id = :workspace and id in (
              select id from api_token
              where workspace_id = :workspace and user_id = :user and name = :name
                and revoked_at is null and (expires_at is null or expires_at > now())
              order by created_at desc, id desc offset :keep)
            """)
        .bind("workspace", user.workspaceId())
        .bind("user", user.userId())
        .bind("name", name)
        .bind("keep", keep)
        .execute();
  }

  private static Caller caller(ResultSet row) throws SQLException {
    return new Caller(
        row.getString("workspace_id"),
        row.getString("id"),
        row.getString("username"),
        Role.of(row.getString("role")),
        row.getInt("scope"),
        Set.of((String[]) row.getArray("groups").getArray()));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    var time = row.getTimestamp(column);
    return time == null ? null : time.toInstant();
  }
}
