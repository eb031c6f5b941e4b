package dev.toolwright.run;

import java.util.Locale;

/// Where a run is. A node holds it only while it is RUNNING.
public enum RunState {
  READY,
  RUNNING,
  WAITING,
  COMPLETED,
  FAILED,
  CANCELLED;

  public boolean hasEnded() {
    return this == COMPLETED || this == FAILED || this == CANCELLED;
  }

  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static RunState of(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT));
  }

  /// The word the API shows for it.
  public String shown() {
    return switch (this) {
      case READY -> "queued";
      case RUNNING -> "processing";
      default -> key();
    };
  }
}
