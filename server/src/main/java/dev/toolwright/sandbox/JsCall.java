package dev.toolwright.sandbox;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One execution of JavaScript.
///
/// @param workspaceId whose call this is: its worker serves no other workspace
/// @param userId who calls: nobody's slow calls keep another user of the workspace waiting
/// @param code the body of an async function of `params` and `context`, at most 100 000 bytes of
///   UTF-8 as its author wrote it
/// @param functionName a function that the body defines and whose result is wanted; null for what
///   the body itself returns
/// @param origin what the code was made from; null if somebody wrote it so
/// @param outlet what the code may ask for while it runs; null: nothing
/// @param timeout for waiting and executing together; capped at one hour
public record JsCall(
    String workspaceId,
    String userId,
    String code,
    @Nullable String functionName,
    @Nullable Origin origin,
    JsonNode parameters,
    JsonNode context,
    @Nullable Outlet outlet,
    Duration timeout) {
  /// Source that code was made from.
  ///
  /// @param source as its author wrote it
  /// @param lines for each line of the code the line it came from; both start at 1
  public record Origin(String source, List<Integer> lines) {
    public Origin {
      lines = List.copyOf(lines);
    }
  }
}
