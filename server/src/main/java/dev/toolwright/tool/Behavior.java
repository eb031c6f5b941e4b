package dev.toolwright.tool;

import dev.toolwright.run.Effect;

/// What calling a tool does to the world; also MCP's annotations.
///
/// @param readOnly changes nothing
/// @param idempotent calling it again with the same idempotency key does no more than calling it
///   once
/// @param destructive may delete or overwrite
/// @param openWorld reaches beyond this server
public record Behavior(
    boolean readOnly, boolean idempotent, boolean destructive, boolean openWorld) {
  /// Whether a call whose outcome is unknown may be repeated.
  public Effect effect() {
    return readOnly ? Effect.NONE : idempotent ? Effect.REPEATABLE : Effect.ONCE;
  }
}
