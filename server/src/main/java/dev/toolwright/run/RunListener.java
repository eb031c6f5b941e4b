package dev.toolwright.run;

import dev.toolwright.database.Tx;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Hears of the ends of runs inside the transaction that ends them, so that what follows from it
/// (settlement, delivery) is stored with it or not at all.
public interface RunListener {
  /// Runs that ended at the same time, of any users and workspaces.
  void ended(Tx tx, List<Ended> runs);

  /// @param data as it was submitted
  /// @param result null unless there is one
  /// @param error null when completed
  record Ended(Run run, RunData data, @Nullable JsonNode result, @Nullable JsonNode error) {}

  /// Called in the transaction that deletes a run, old as it is, for the webhook it named.
  default void forgotten(Tx tx, String workspaceId, JsonNode webhook) {}
}
