package dev.toolwright.run;

import dev.toolwright.database.Tx;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Hears of a run's end inside the transaction that ends it, so that what follows from it
/// (settlement, delivery) is stored with it or not at all.
public interface RunListener {
  /// @param data as it was submitted
  /// @param result null unless there is one
  /// @param error null when completed
  void ended(Tx tx, Run run, RunData data, @Nullable JsonNode result, @Nullable JsonNode error);

  /// Called in the transaction that deletes a run, old as it is, for the webhook it named.
  default void forgotten(Tx tx, String workspaceId, JsonNode webhook) {}
}
