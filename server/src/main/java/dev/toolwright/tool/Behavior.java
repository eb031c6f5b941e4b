package dev.toolwright.tool;

import dev.toolwright.run.Effect;
import org.jspecify.annotations.Nullable;

/// What calling a tool does to the world; also MCP's annotations.
///
/// @param readOnly changes nothing
/// @param idempotent calling it again with the same idempotency key does no more than calling it
///   once
/// @param destructive may delete or overwrite
/// @param openWorld reaches beyond this server
public record Behavior(
    boolean readOnly, boolean idempotent, boolean destructive, boolean openWorld) {
  /// What somebody says of it; null: as it is.
  public record Change(
      @Nullable Boolean readOnly,
      @Nullable Boolean idempotent,
      @Nullable Boolean destructive,
      @Nullable Boolean openWorld) {}

  /// This behaviour with what was said. What only reads may be repeated; what is said to do more
  /// than read, and was idempotent only because it read, may not.
  Behavior with(Change said) {
    var nowReadOnly = or(said.readOnly(), readOnly);
    return new Behavior(
        nowReadOnly,
        or(said.idempotent(), nowReadOnly || (idempotent && !readOnly)),
        or(said.destructive(), destructive),
        or(said.openWorld(), openWorld));
  }

  private static boolean or(@Nullable Boolean said, boolean otherwise) {
    return said == null ? otherwise : said;
  }

  /// Whether a call whose outcome is unknown may be repeated.
  public Effect effect() {
    return readOnly ? Effect.NONE : idempotent ? Effect.REPEATABLE : Effect.ONCE;
  }
}
