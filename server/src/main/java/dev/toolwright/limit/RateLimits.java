package dev.toolwright.limit;

import dev.toolwright.database.Database;
import java.time.Duration;

/// Rates of requests over all servers: the generic cell rate algorithm, one statement each, on the
/// database's clock. Nobody holds a lock while waiting.
public final class RateLimits {
  private final Database database;

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
        database.direct(tx ->
            tx.handle()
                .createQuery(
                    """
                    with taken as (
                      insert into rate_limit as r (workspace_id, id, due_at)
                      values (:workspace, :id, now() + make_interval(secs => :interval))
                      on conflict (workspace_id, id) do update
                        set due_at = greatest(r.due_at, now()) + make_interval(secs => :interval)
                        where greatest(r.due_at, now()) + make_interval(secs => :interval - :window) <=
                          now() + make_interval(secs => :patience)
                      returning extract(epoch from due_at - now()) - :window as wait)
                    select wait from taken
                    union all
                    select extract(epoch from due_at - now()) + :interval - :window from rate_limit
                    where workspace_id = :workspace and id = :id and not exists (select from taken)
                    """)
                .bind("workspace", workspaceId)
                .bind("id", id)
                .bind("interval", interval)
                .bind("window", seconds(window))
                .bind("patience", seconds(patience))
                .mapTo(Double.class)
                .findFirst()
                .orElse(0.0));
    return Duration.ofNanos((long) (Math.max(0, wait) * 1e9));
  }

  /// Forgets what has no effect any more.
  public void forgetPast() {
    database.useTx(tx ->
        tx.handle().execute("delete from rate_limit where due_at < now() - interval '1 day'"));
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
