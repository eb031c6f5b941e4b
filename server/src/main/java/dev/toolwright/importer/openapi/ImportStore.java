package dev.toolwright.importer.openapi;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What was imported, as it was accepted.
final class ImportStore {
  /// @param url where it is fetched again; null: it was sent
  /// @param baseUrl chosen instead of the document's servers
  /// @param connection base URL and auth, as the document had them
  record Pinned(
      @Nullable String url,
      @Nullable String baseUrl,
      boolean responseSchemas,
      byte[] hash,
      String title,
      String version,
      JsonNode connection) {}

  /// @param definition null: it was not picked
  record Row(
      String operation,
      byte[] hash,
      @Nullable JsonNode definition,
      @Nullable String endpointId,
      @Nullable String toolId) {}

  void pin(Tx tx, String workspaceId, String connectionId, String userId, Pinned pinned) {
    tx.handle()
        .createUpdate(
            """
            insert into import_document (workspace_id, connection_id, url, base_url, response_schemas, hash,
              title, version, connection, imported_by)
            values (:workspace, :connection, :url, :base, :schemas, :hash, :title, :version, :pinned::json, :user)
            on conflict (workspace_id, connection_id) do update set
              url = :url, base_url = :base, response_schemas = :schemas, hash = :hash, title = :title,
              version = :version, connection = :pinned::json, imported_by = :user, imported_at = now()
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("url", pinned.url())
        .bind("base", pinned.baseUrl())
        .bind("schemas", pinned.responseSchemas())
        .bind("hash", pinned.hash())
        .bind("title", pinned.title())
        .bind("version", pinned.version())
        .bind("pinned", Json.write(pinned.connection()))
        .bind("user", userId)
        .execute();
  }

  Optional<Pinned> find(Tx tx, String workspaceId, String connectionId) {
    return tx.handle()
        .createQuery(
            """
            select url, base_url, response_schemas, hash, title, version, connection from import_document
            where workspace_id = :workspace and connection_id = :connection
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .map((row, _) ->
            new Pinned(
                row.getString("url"),
                row.getString("base_url"),
                row.getBoolean("response_schemas"),
                row.getBytes("hash"),
                row.getString("title"),
                row.getString("version"),
                Json.stored(row.getString("connection"))))
        .findOne();
  }

  List<Row> operations(Tx tx, String workspaceId, String connectionId) {
    return tx.handle()
        .createQuery(
            """
            select operation, hash, definition, endpoint_id, tool_id from import_operation
            where workspace_id = :workspace and connection_id = :connection order by operation
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .map((row, _) -> row(row))
        .list();
  }

  private static Row row(ResultSet row) throws SQLException {
    var definition = row.getString("definition");
    return new Row(
        row.getString("operation"),
        row.getBytes("hash"),
        definition == null ? null : Json.stored(definition),
        row.getString("endpoint_id"),
        row.getString("tool_id"));
  }

  void put(Tx tx, String workspaceId, String connectionId, List<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    var batch =
        tx.handle()
            .prepareBatch(
                """
                insert into import_operation
                  (workspace_id, connection_id, operation, hash, definition, endpoint_id, tool_id)
                values (:workspace, :connection, :operation, :hash, :definition::json, :endpoint, :tool)
                on conflict (workspace_id, connection_id, operation) do update set
                  hash = :hash, definition = :definition::json, endpoint_id = :endpoint, tool_id = :tool
                """);
    for (var row : rows) {
      batch
          .bind("workspace", workspaceId)
          .bind("connection", connectionId)
          .bind("operation", row.operation())
          .bind("hash", row.hash())
          .bind("definition", row.definition() == null ? null : Json.write(row.definition()))
          .bind("endpoint", row.endpointId())
          .bind("tool", row.toolId())
          .add();
    }
    batch.execute();
  }

  void remove(Tx tx, String workspaceId, String connectionId, String operation) {
    tx.handle()
        .createUpdate(
            """
            delete from import_operation
            where workspace_id = :workspace and connection_id = :connection and operation = :operation
            """)
        .bind("workspace", workspaceId)
        .bind("connection", connectionId)
        .bind("operation", operation)
        .execute();
  }
}
