package dev.toolwright.limit;

import dev.toolwright.database.Tx;

final class RateStore {
  /// Takes the next place if it is at most `patience` away.
  ///
  /// @return seconds until it; negative for now
  double take(
      Tx tx, String workspaceId, String id, double interval, double window, double patience) {
    return tx.handle()
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
        .bind("window", window)
        .bind("patience", patience)
        .mapTo(Double.class)
        .findFirst()
        .orElse(0.0);
  }

  void forgetPast(Tx tx) {
    tx.handle().execute("delete from rate_limit where due_at < now() - interval '1 day'");
  }
}
