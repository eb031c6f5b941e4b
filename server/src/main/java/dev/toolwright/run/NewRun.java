package dev.toolwright.run;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What is submitted.
///
/// @param pinned the definitions the run starts with and keeps
/// @param serial runs with the same serial go one after the other; null for none
/// @param timeout of the whole run, from its submission
/// @param priority among the runs of its workspace
/// @param parent null: nobody's child
/// @param seat a place on this node, if there is one
public record NewRun(
    String id,
    String workspaceId,
    String userId,
    String kind,
    String program,
    JsonNode input,
    JsonNode pinned,
    @Nullable String serial,
    @Nullable JsonNode webhook,
    Duration timeout,
    Priority priority,
    @Nullable Parent parent,
    Seat seat) {
  /// Nobody's child, of normal priority, without a seat.
  public NewRun(
      String id,
      String workspaceId,
      String userId,
      String kind,
      String program,
      JsonNode input,
      JsonNode pinned,
      @Nullable String serial,
      @Nullable JsonNode webhook,
      Duration timeout) {
    this(
        id,
        workspaceId,
        userId,
        kind,
        program,
        input,
        pinned,
        serial,
        webhook,
        timeout,
        Priority.NORMAL,
        null,
        Seat.NONE);
  }

  /// The same as a step of another run, with its priority.
  public NewRun under(@Nullable Parent above) {
    return new NewRun(
        id,
        workspaceId,
        userId,
        kind,
        program,
        input,
        pinned,
        serial,
        webhook,
        timeout,
        above == null ? priority : above.priority(),
        above,
        seat);
  }

  /// The same with another priority.
  public NewRun at(Priority rank) {
    return new NewRun(
        id,
        workspaceId,
        userId,
        kind,
        program,
        input,
        pinned,
        serial,
        webhook,
        timeout,
        rank,
        parent,
        seat);
  }

  @Nullable String nodeId() {
    return seat.nodeId();
  }

  /// The same with a webhook that hears of its end.
  public NewRun with(JsonNode endWebhook) {
    return new NewRun(
        id,
        workspaceId,
        userId,
        kind,
        program,
        input,
        pinned,
        serial,
        endWebhook,
        timeout,
        priority,
        parent,
        seat);
  }

  /// The same with a seat.
  public NewRun on(Seat place) {
    return new NewRun(
        id,
        workspaceId,
        userId,
        kind,
        program,
        input,
        pinned,
        serial,
        webhook,
        timeout,
        priority,
        parent,
        place);
  }
}
