package dev.toolwright.definition;

import java.util.Locale;

/// Who sees a definition besides its owner and those it was granted to.
public enum Visibility {
  PRIVATE,
  /// The workspace.
  ORG,
  /// Every workspace on this server.
  PUBLIC;

  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Visibility of(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT));
  }
}
