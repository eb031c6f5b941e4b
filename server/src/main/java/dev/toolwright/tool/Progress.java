package dev.toolwright.tool;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// How far a call is, as its tool says.
///
/// @param total what `done` will be at the end; null: nobody knows
public record Progress(double done, @Nullable Double total, @Nullable String message) {
  private static final int LONGEST = 500;

  /// @param said `{progress, total, message}`, a stranger's words
  public static Progress of(JsonNode said) {
    var total = said.path("total");
    var message = said.path("message").asString("");
    return new Progress(
        said.path("progress").asDouble(0),
        total.isNumber() ? total.asDouble() : null,
        message.isEmpty() ? null : message.substring(0, Math.min(LONGEST, message.length())));
  }
}
