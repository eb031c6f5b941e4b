package dev.toolwright.tool;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How a tool was used until now.
public record ToolUsage(
    long calls, long succeeded, long totalMicros, @Nullable Instant lastUsedAt) {
  public static final ToolUsage NONE = new ToolUsage(0, 0, 0, null);

  /// Mean of all calls in milliseconds; 0 without any.
  public double averageMillis() {
    return calls == 0 ? 0 : totalMicros / 1_000.0 / calls;
  }
}
