package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.database.Database;
import dev.toolwright.definition.Listed;
import dev.toolwright.http.Problem;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The calls that were recorded: everybody sees their own, admins those of the workspace, and who
/// may change a tool all of that tool.
public final class CallHistory {
  private final Database database;
  private final CallStore store = new CallStore();

  public CallHistory(Database database) {
    this.database = database;
  }

  /// One recorded call.
  ///
  /// @param toolName as it is now; null: it is gone, or is no tool
  /// @param errorType null for a success
  public record Entry(
      String id,
      String toolId,
      @Nullable String toolName,
      int version,
      String userId,
      @Nullable String runId,
      String door,
      String state,
      @Nullable String errorType,
      @Nullable String error,
      long durationMicros,
      int attempts,
      JsonNode input,
      @Nullable JsonNode output,
      @Nullable JsonNode logs,
      Instant at) {
    public boolean succeeded() {
      return state.equals("ended") && errorType == null;
    }
  }

  /// Which calls are wanted.
  ///
  /// @param toolId null: of any tool
  /// @param success null: however they ended
  public record Filter(
      @Nullable String toolId, @Nullable Boolean success, int limit, long offset) {}

  /// Newest first.
  ///
  /// @param everybodys whether the caller may see the calls of others too
  private Listed<Entry> list(Caller caller, boolean everybodys, Filter filter) {
    return database.direct(tx ->
        new Listed<>(
            store.list(tx, caller.workspaceId(), everybodys ? null : caller.userId(), filter),
            store.count(tx, caller.workspaceId(), everybodys ? null : caller.userId(), filter)));
  }

  /// Calls of any tool.
  public Listed<Entry> list(Caller caller, Filter filter) {
    return list(caller, caller.isAdmin(), filter);
  }

  /// Calls of one tool.
  ///
  /// @param editor whether the caller may change it
  public Listed<Entry> of(String toolId, Caller caller, boolean editor, Filter filter) {
    return list(
        caller, editor, new Filter(toolId, filter.success(), filter.limit(), filter.offset()));
  }

  /// @throws Problem 404
  public Entry get(Caller caller, String id) {
    return database
        .direct(tx ->
            store.find(tx, caller.workspaceId(), caller.isAdmin() ? null : caller.userId(), id))
        .orElseThrow(() -> Problem.notFound("Execution", id));
  }
}
