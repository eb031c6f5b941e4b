package dev.toolwright.catalog;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

final class DeploymentStore {
  /// A tool whose server may run in a container.
  ///
  /// @param environment names of variables, with the ids of their values in the vault
  record Wanted(
      String workspaceId,
      String toolId,
      String connectionId,
      String image,
      int port,
      Map<String, String> environment,
      boolean approved) {
    Wanted {
      environment = Map.copyOf(environment);
    }

    /// Another value of a variable has another id.
    String fingerprint(boolean outbound) {
      var all =
          image + "\n" + port + "\n" + outbound + "\n" + Json.write(new TreeMap<>(environment));
      return UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8)).toString();
    }
  }

  List<Wanted> wanted(Tx tx) {
    return tx.handle()
        .createQuery(
            """
            select workspace_id, tool_id, connection_id, docker_image, port, environment, approved
            from tool_service
            where status <> 'inactive' and docker_image <> '' and port is not null
              and connection_id is not null
            """)
        .map((row, _) ->
            new Wanted(
                row.getString("workspace_id"),
                row.getString("tool_id"),
                row.getString("connection_id"),
                row.getString("docker_image"),
                row.getInt("port"),
                ServiceStore.environment(row),
                row.getBoolean("approved")))
        .list();
  }

  void lookSoon(Tx tx, Wanted tool) {
    tx.handle()
        .createUpdate(
            """
            update tool_service set check_at = now()
            where workspace_id = :workspace and tool_id = :tool and check_at is not null
            """)
        .bind("workspace", tool.workspaceId())
        .bind("tool", tool.toolId())
        .execute();
  }
}
