package dev.toolwright.approval;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Something that waits for a person's approval, or did.
///
/// @param userId whose run it is
/// @param question what is asked: `subject`, `arguments`, `approvers`, `editable`, perhaps
///   `message`
/// @param answer null: nobody has decided
/// @param isOver its time is over, or its run has ended
public record Approval(
    String workspaceId,
    String id,
    String runId,
    String key,
    String userId,
    JsonNode question,
    @Nullable JsonNode answer,
    boolean isOver,
    Instant openedAt,
    @Nullable Instant dueAt) {
  public boolean isOpen() {
    return answer == null && !isOver;
  }
}
