package dev.toolwright.api.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.mcp.Session;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Who speaks MCP to us, and what it said of itself.
///
/// @param isModern whether it is of the stateless revision
/// @param capabilities as it gave them
/// @param logLevel the least it wants to hear of a call's log; null: nothing
/// @param session null: none
/// @param agent whose tools it uses; null: all
record Client(
    Caller caller,
    boolean isModern,
    JsonNode capabilities,
    @Nullable String logLevel,
    @Nullable Session session,
    @Nullable String agent) {
  private static final Set<String> SILENT =
      Set.of("notice", "warning", "error", "critical", "alert", "emergency");

  /// Whether it wants to hear what a tool prints, which is told at the level `info`.
  boolean hearsLogs() {
    return logLevel != null && !SILENT.contains(logLevel);
  }

  /// What a client must be able to do so that it can be asked this.
  static String capability(String method) {
    return switch (method) {
      case "elicitation/create" -> "elicitation";
      case "sampling/createMessage" -> "sampling";
      case "roots/list" -> "roots";
      default -> method;
    };
  }

  boolean mayBeAsked(String method) {
    return capabilities.path(capability(method)).isObject();
  }
}
