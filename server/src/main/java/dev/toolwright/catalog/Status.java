package dev.toolwright.catalog;

import java.util.Locale;

/// How a tool of the catalogue does.
public enum Status {
  ACTIVE,
  /// Not for new agents; those that have it keep it.
  INACTIVE,
  /// Its server does not answer, or somebody said so.
  ERROR;

  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Status of(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT));
  }
}
