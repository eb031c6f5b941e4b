package dev.toolwright.catalog;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// How long a container that was started in vain is left alone: each time twice as long, up to a
/// minute.
final class Backoff {
  private static final int MOST_SECONDS = 60;

  private final InstantSource clock;
  private final Map<String, Attempts> byTool = new ConcurrentHashMap<>();

  /// @param fingerprint of what was started: something else starts afresh
  private record Attempts(String fingerprint, int count, Instant next) {}

  Backoff(InstantSource clock) {
    this.clock = clock;
  }

  boolean isOver(String toolId, String fingerprint) {
    var before = byTool.get(toolId);
    return before == null
        || !before.fingerprint().equals(fingerprint)
        || clock.instant().isAfter(before.next());
  }

  void attempted(String toolId, String fingerprint) {
    byTool.compute(
        toolId,
        (_, before) -> {
          var isAgain = before != null && before.fingerprint().equals(fingerprint);
          var count = isAgain ? before.count() + 1 : 0;
          var seconds = Math.min(MOST_SECONDS, 1 << Math.min(count, 6));
          return new Attempts(fingerprint, count, clock.instant().plusSeconds(seconds));
        });
  }

  /// It runs well.
  void forget(String toolId) {
    byTool.remove(toolId);
  }

  /// Forgets all others.
  void keep(Set<String> toolIds) {
    byTool.keySet().retainAll(toolIds);
  }
}
