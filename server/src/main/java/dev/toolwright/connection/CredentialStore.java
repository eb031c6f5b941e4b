package dev.toolwright.connection;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;

final class CredentialStore {
  boolean insert(Tx tx, StoredCredential one) {
    return tx.handle()
            .createUpdate(
                """
                insert into credential (workspace_id, id, name, description, auth, secret_names, owner_id)
                values (:workspace, :id, :name, :description, :auth::json, :names, :owner)
                on conflict (workspace_id, name) do nothing
                """)
            .bind("workspace", one.workspaceId())
            .bind("id", one.id())
            .bind("name", one.name())
            .bind("description", one.description())
            .bind("auth", Json.write(one.auth()))
            .bindArray("names", String.class, List.copyOf(one.held().names()))
            .bind("owner", one.ownerId())
            .execute()
        == 1;
  }

  void update(Tx tx, StoredCredential one) {
    tx.handle()
        .createUpdate(
            """
            update credential
            set description = :description, auth = :auth::json, secret_names = :names, updated_at = now()
            where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", one.workspaceId())
        .bind("id", one.id())
        .bind("description", one.description())
        .bind("auth", Json.write(one.auth()))
        .bindArray("names", String.class, List.copyOf(one.held().names()))
        .execute();
  }

  Optional<StoredCredential> find(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery("select * from credential where workspace_id = :workspace and id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> credential(row))
        .findOne();
  }

  /// The connection with the authentication of the credential that it refers to, if it does.
  Connection applied(Tx tx, Connection connection) {
    var id = connection.content().credentialId();
    return id == null
        ? connection
        : find(tx, connection.workspaceId(), id)
            .map(credential -> connection.with(credential.auth()))
            .orElse(connection);
  }

  List<StoredCredential> list(Tx tx, String workspaceId, String userId, boolean all) {
    return tx.handle()
        .createQuery(
            """
            select * from credential where workspace_id = :workspace and (:all or owner_id = :user) order by id desc
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("all", all)
        .map((row, _) -> credential(row))
        .list();
  }

  /// The names of the live connections that use it.
  List<String> users(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            """
            select d.name from definition d
            join revision r on r.workspace_id = d.workspace_id and r.id = d.id and r.number = d.version
            where d.workspace_id = :workspace and d.kind = 'connection' and d.deleted_at is null
              and r.body ->> 'credentialId' = :id
            order by d.id
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .mapTo(String.class)
        .list();
  }

  void delete(Tx tx, String workspaceId, String id) {
    tx.handle()
        .createUpdate("delete from credential where workspace_id = :workspace and id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .execute();
  }

  private static StoredCredential credential(ResultSet row) throws SQLException {
    return new StoredCredential(
        row.getString("workspace_id"),
        row.getString("id"),
        row.getString("name"),
        row.getString("description"),
        Json.read(Json.stored(row.getString("auth")), Auth.class),
        new Held(row.getString("id"), Set.of((String[]) row.getArray("secret_names").getArray())),
        row.getString("owner_id"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getObject("updated_at", OffsetDateTime.class).toInstant());
  }
}
