package dev.toolwright.agent;

import dev.toolwright.database.Tx;
import java.util.Optional;

/// How long an agent's jobs take.
final class DurationStore {
  private static final int SAMPLES = 20;

  /// The newest jobs among which completed ones are looked for: many that wait cost no more.
  private static final int LOOKED_AT = 200;

  /// The median in seconds of the last completed jobs of the agent that this run belongs to.
  Optional<Double> median(Tx tx, String workspaceId, String runId) {
    return tx.handle()
        .createQuery(
            """
            select percentile_cont(0.5) within group (order by seconds) from (
              select extract(epoch from r.ended_at - r.started_at) as seconds
              from (
                select d.workspace_id, d.run_id from run_data d
                where d.workspace_id = :workspace and d.run_id < :run and d.pinned ->> 'agent_id' =
                  (select pinned ->> 'agent_id' from run_data where workspace_id = :workspace and run_id = :run)
                order by d.run_id desc limit :lookedAt) newest
              join run r on r.workspace_id = newest.workspace_id and r.id = newest.run_id
              where r.state = 'completed' and r.started_at is not null
              order by r.id desc limit :samples) last
            """)
        .bind("workspace", workspaceId)
        .bind("run", runId)
        .bind("lookedAt", LOOKED_AT)
        .bind("samples", SAMPLES)
        .mapTo(Double.class)
        .findOne();
  }
}
