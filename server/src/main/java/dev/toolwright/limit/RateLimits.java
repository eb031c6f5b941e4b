package dev.toolwright.limit;

import dev.toolwright.database.Database;
import java.time.Duration;

/// Rates of requests over all servers: the generic cell rate algorithm, one statement each, on the
/// database's clock. Nobody holds a lock while waiting.
public final class RateLimits {
  private final Database database;
  private final RateStore store = new RateStore();

  public RateLimits(Database database) {
    this.database = database;
  }

  /// Takes the next place, unless it is further away than the caller would wait.
  ///
  /// @param requests admitted in any `window`, at once if it need be
  /// @return how long to wait before acting; more than `patience` when no place was taken
  public Duration take(
      String workspaceId, String id, int requests, Duration window, Duration patience) {
    var interval = seconds(window) / requests;
    var wait =
        database.direct(
            tx -> store.take(tx, workspaceId, id, interval, seconds(window), seconds(patience)));
    return Duration.ofNanos((long) (Math.max(0, wait) * 1e9));
  }

  /// Forgets what has no effect any more.
  public void forgetPast() {
    database.useTx(store::forgetPast);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
