package dev.toolwright.audit;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Records who did what, in the transaction that did it. Rows are only ever added.
public final class Audit {
  private final AuditStore store = new AuditStore();

  /// @param userId who did it; null: the server itself, or someone unknown
  /// @param event such as `token_issued`, `tool_created`
  /// @param subject id of what it was done to
  /// @param data names and figures, never secrets or values of arguments
  public void record(
      Tx tx,
      String workspaceId,
      @Nullable String userId,
      String event,
      @Nullable String subject,
      ObjectNode data) {
    store.insert(tx, workspaceId, Ids.next("audit"), userId, event, subject, data);
  }
}
