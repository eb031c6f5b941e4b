package dev.toolwright.vault;

import com.fasterxml.jackson.annotation.JsonValue;

/// A value that is never shown: neither as text nor as JSON, and it cannot be read from JSON.
/// [#reveal] is for the last moment before the value goes where it belongs. From the moment it is
/// made the log is scrubbed of it.
public final class Secret {
  static final String MASK = "***";

  private final String value;

  private Secret(String value) {
    this.value = value;
  }

  public static Secret of(String value) {
    LogRedaction.remember(value);
    return new Secret(value);
  }

  /// The value itself. Keep it in no field, message or log.
  public String reveal() {
    return value;
  }

  String value() {
    return value;
  }

  @Override
  @JsonValue
  public String toString() {
    return MASK;
  }
}
