package dev.toolwright.tool;

import java.util.Locale;

/// A tool that a user may use, and why.
public record ToolAccess(String id, String name, String ownerName, Reason reason) {
  /// The first that holds.
  public enum Reason {
    OWNER,
    /// It was granted to the user by name.
    GRANTED,
    /// It is shared with the workspace.
    ORG,
    /// It is shared with the whole server.
    PUBLIC;

    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
