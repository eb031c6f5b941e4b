package dev.toolwright.audit;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

final class AuditStore {
  void insert(
      Tx tx,
      String workspaceId,
      String id,
      @Nullable String userId,
      String event,
      @Nullable String subject,
      ObjectNode data) {
    tx.handle()
        .createUpdate(
            """
            insert into audit (workspace_id, id, user_id, event, subject, data)
            values (:workspace, :id, :user, :event, :subject, cast(:data as json))
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .bind("event", event)
        .bind("subject", subject)
        .bind("data", Json.write(data))
        .execute();
  }
}
