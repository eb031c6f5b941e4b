package dev.toolwright.database;

import org.jspecify.annotations.Nullable;

/// Text from outside as a `text` column takes it: PostgreSQL knows no U+0000. Inside JSON it is
/// escaped and needs nothing.
public final class Storable {
  private Storable() {}

  /// The text with each U+0000 shown as U+FFFD.
  public static @Nullable String text(@Nullable String text) {
    return text == null || text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
  }
}
