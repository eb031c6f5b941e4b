package dev.toolwright.importer.mcp;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

final class McpServerStore {
  /// A server that a node listens to.
  ///
  /// @param version of the connection: another is another address or credential
  record Watched(String workspaceId, String connectionId, String ownerId, int version) {}

  /// What a server described otherwise when it was seen last.
  ///
  /// @param changed of `{name, fields}`
  /// @param gone names of tools that it offers no more
  record Difference(JsonNode changed, JsonNode gone, Instant seenAt) {}

  /// @return whether it is another difference than before
  boolean seen(Tx tx, String workspaceId, String connectionId, JsonNode changed, JsonNode gone) {
    var before = difference(tx, workspaceId, connectionId);
    tx.handle()
        .createUpdate(
            """
            insert into mcp_server (workspace_id, connection_id, changed, gone)
            values (:workspace, :connection, :changed::json, :gone::json)
            on conflict (workspace_id, connection_id) do update
            set changed = excluded.changed, gone = excluded.gone, seen_at = now()
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("changed", Json.write(changed))
        .bind("gone", Json.write(gone))
        .execute();
    return before.isEmpty()
        || !before.get().changed().equals(changed)
        || !before.get().gone().equals(gone);
  }

  Optional<Difference> difference(Tx tx, String workspaceId, String connectionId) {
    return tx.handle()
        .createQuery(
            """
            select changed, gone, seen_at from mcp_server
            where workspace_id = :workspace and connection_id = :connection
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .map((row, _) ->
            new Difference(
                Json.stored(row.getString("changed")),
                Json.stored(row.getString("gone")),
                row.getTimestamp("seen_at").toInstant()))
        .findOne();
  }

  /// Takes servers that nobody listens to, and keeps those that the holder has.
  List<Watched> hold(Tx tx, String holder, int seconds, int most) {
    return tx.handle()
        .createQuery(
            """
            update mcp_server m
            set holder = :holder, held_until = now() + make_interval(secs => :seconds)
            from (
              select s.workspace_id, s.connection_id, d.owner_id, d.version
              from mcp_server s
              join definition d on d.workspace_id = s.workspace_id and d.id = s.connection_id
              where (s.holder = :holder or s.held_until < now()) and d.deleted_at is null
              order by s.holder is distinct from :holder, s.held_until
              limit :most for update of s skip locked) mine
            where m.workspace_id = mine.workspace_id and m.connection_id = mine.connection_id
            returning m.workspace_id, m.connection_id, mine.owner_id, mine.version
            """)
        .bind("holder", holder)
        .bind("seconds", seconds)
        .bind("most", most)
        .map((row, _) ->
            new Watched(
                row.getString("workspace_id"),
                row.getString("connection_id"),
                row.getString("owner_id"),
                row.getInt("version")))
        .list();
  }

  void release(Tx tx, String holder) {
    tx.handle()
        .createUpdate("update mcp_server set held_until = now() where holder = :holder")
        .bind("holder", holder)
        .execute();
  }
}
