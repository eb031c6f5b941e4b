package dev.toolwright.run;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// One thing that happened in a run, in commit order.
///
/// @param type `state`, `step`, `tool_call`, `tool_result` or `done`
public record RunEvent(long seq, Instant at, String type, JsonNode data) {
  /// An event to be stored; its number and time are given by the database.
  public static RunEvent of(String type, JsonNode data) {
    return new RunEvent(0, Instant.EPOCH, type, data);
  }
}
