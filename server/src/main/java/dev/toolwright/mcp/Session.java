package dev.toolwright.mcp;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a client with a handshake said of itself.
///
/// @param capabilities as it gave them
/// @param logLevel the least it wants to hear of a call's log; null: nothing
/// @param subscriptions URIs of resources whose changes it wants to hear of
public record Session(
    String id, JsonNode capabilities, @Nullable String logLevel, List<String> subscriptions) {
  public Session {
    subscriptions = List.copyOf(subscriptions);
  }
}
