package dev.toolwright.account;

import dev.toolwright.database.Tx;
import java.sql.Array;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class WorkspaceEgressStore {
  Optional<WorkspaceEgress.Said> find(Tx tx, String workspaceId) {
    return tx.handle()
        .createQuery(
            """
            select listed, allow, deny, changed_at from workspace_egress
            where workspace_id = :workspace
            """)
        .bind("workspace", workspaceId)
        .map((row, _) ->
            new WorkspaceEgress.Said(
                row.getBoolean("listed") ? texts(row.getArray("allow")) : null,
                texts(row.getArray("deny")),
                row.getObject("changed_at", OffsetDateTime.class).toInstant()))
        .findOne();
  }

  /// One change of a workspace's rules at a time: each keeps what it does not name.
  void lock(Tx tx, String workspaceId) {
    tx.handle()
        .createQuery("select id from workspace where id = :workspace for update")
        .bind("workspace", workspaceId)
        .mapTo(String.class)
        .one();
  }

  void put(Tx tx, String workspaceId, @Nullable List<String> allow, List<String> deny) {
    tx.handle()
        .createUpdate(
            """
            insert into workspace_egress (workspace_id, listed, allow, deny)
            values (:workspace, :listed, :allow, :deny)
            on conflict (workspace_id) do update
            set listed = excluded.listed, allow = excluded.allow, deny = excluded.deny,
              changed_at = now()
            """)
        .bind("workspace", workspaceId)
        .bind("listed", allow != null)
        .bindArray("allow", String.class, allow == null ? List.of() : allow)
        .bindArray("deny", String.class, deny)
        .execute();
  }

  private static List<String> texts(Array array) throws SQLException {
    return List.of((String[]) array.getArray());
  }
}
