package dev.toolwright.run;

import java.util.Locale;

/// What acting twice would do to the world. It decides whether a step whose outcome is unknown may
/// be repeated.
public enum Effect {
  /// Only reads: repeated freely.
  NONE,
  /// Repeating under the same idempotency key does no harm.
  REPEATABLE,
  /// Must not happen twice: an unknown outcome waits for a person.
  ONCE;

  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Effect of(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT));
  }
}
