package dev.toolwright.schedule;

import dev.toolwright.run.Priority;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// When something starts.
///
/// @param userId on whose behalf
/// @param cron null: once
/// @param zone in which `cron` is meant, such as `Europe/Berlin`
/// @param priority of what starts, among the runs of the workspace
/// @param nextAt null: never again
/// @param lastError why the last start failed; null: it did not
public record Schedule(
    String workspaceId,
    String id,
    String userId,
    String name,
    Target target,
    JsonNode input,
    @Nullable String cron,
    String zone,
    Missed missed,
    Priority priority,
    boolean enabled,
    @Nullable Instant nextAt,
    @Nullable Instant lastAt,
    @Nullable String lastRunId,
    @Nullable String lastError,
    Instant createdAt) {
  /// What becomes of times at which no server ran.
  public enum Missed {
    SKIP,
    /// However many: one start.
    ONCE,
    ALL;

    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Missed of(String key) {
      return valueOf(key.toUpperCase(Locale.ROOT));
    }
  }
}
