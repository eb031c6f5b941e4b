package dev.toolwright.account;

import dev.toolwright.database.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Users as administration reads and changes them.
final class UserStore {
  private static final String SELECT =
      """
      select workspace_id, id, username, role, scope, groups, active, password_hash is not null as has_password,
             created_at
      from account
      """;

  private static final String FOUND =
      """
      where workspace_id = :workspace and (cast(:search as text) is null
        or position(lower(:search) in lower(username)) > 0 or id = :search)
      """;

  /// Makes concurrent changes of one workspace's users wait for each other until the transaction
  /// ends.
  void lockWorkspace(Tx tx, String workspaceId) {
    tx.handle()
        .createQuery("select id from workspace where id = :workspace for no key update")
        .bind("workspace", workspaceId)
        .mapTo(String.class)
        .one();
  }

  Optional<User> find(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(SELECT + " where workspace_id = :workspace and id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> user(row))
        .findOne();
  }

  /// @param search part of a username, or an id; null: everyone
  List<User> list(Tx tx, String workspaceId, @Nullable String search, long offset, int limit) {
    return tx.handle()
        .createQuery(SELECT + FOUND + " order by lower(username) offset :offset limit :limit")
        .bind("workspace", workspaceId)
        .bind("search", search)
        .bind("offset", offset)
        .bind("limit", limit)
        .map((row, _) -> user(row))
        .list();
  }

  int count(Tx tx, String workspaceId, @Nullable String search) {
    return tx.handle()
        .createQuery("select count(*) from account " + FOUND)
        .bind("workspace", workspaceId)
        .bind("search", search)
        .mapTo(Integer.class)
        .one();
  }

  int countFullAdmins(Tx tx, String workspaceId) {
    return tx.handle()
        .createQuery(
            """
            select count(*) from account
            where workspace_id = :workspace and active and role = 'admin' and scope = 0
            """)
        .bind("workspace", workspaceId)
        .mapTo(Integer.class)
        .one();
  }

  void update(Tx tx, User user) {
    tx.handle()
        .createUpdate(
            """
            update account set role = :role, scope = :scope, groups = :groups, active = :active
            where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", user.workspaceId())
        .bind("id", user.id())
        .bind("role", user.role().key())
        .bind("scope", user.reach().scope())
        .bindArray("groups", String.class, List.copyOf(user.reach().groups()))
        .bind("active", user.active())
        .execute();
  }

  Optional<String> passwordHash(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            """
            select password_hash from account
            where workspace_id = :workspace and id = :id and password_hash is not null
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .mapTo(String.class)
        .findOne();
  }

  void setPassword(Tx tx, String workspaceId, String id, String hash) {
    tx.handle()
        .createUpdate(
            "update account set password_hash = :hash where workspace_id = :workspace and id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("hash", hash)
        .execute();
  }

  private static User user(ResultSet row) throws SQLException {
    return new User(
        row.getString("workspace_id"),
        row.getString("id"),
        row.getString("username"),
        Role.of(row.getString("role")),
        new Reach(row.getInt("scope"), Set.of((String[]) row.getArray("groups").getArray())),
        row.getBoolean("active"),
        row.getBoolean("has_password"),
        row.getObject("created_at", OffsetDateTime.class).toInstant());
  }
}
