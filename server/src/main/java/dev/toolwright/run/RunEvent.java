package dev.toolwright.run;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// One thing that happened in a run, in commit order; or that is said in it and stored nowhere.
///
/// @param seq its place; 0 for what is not stored
/// @param type `state`, `step`, `tool_call`, `tool_result` or `done`; `delta` is never stored
public record RunEvent(long seq, Instant at, String type, JsonNode data) {
  /// An event to be stored, whose number and time are given by the database, or only to be told.
  public static RunEvent of(String type, JsonNode data) {
    return new RunEvent(0, Instant.EPOCH, type, data);
  }

  public boolean isStored() {
    return seq > 0;
  }
}
