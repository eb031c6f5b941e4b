package dev.toolwright.workflow;

import dev.toolwright.database.Tx;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The SQL of workflows' runs that no other part needs.
final class WorkflowStore {
  /// Runs among which completed ones are looked for.
  private static final int LOOKED_AT = 200;

  /// The ids of a workflow's runs, the newest first.
  ///
  /// @param userId null: everybody's
  List<String> runs(
      Tx tx,
      String workspaceId,
      @Nullable String userId,
      String workflowId,
      int limit,
      long offset) {
    return tx.handle()
        .createQuery(
            """
            select r.id from run_data d
            join run r on r.workspace_id = d.workspace_id and r.id = d.run_id
            where d.workspace_id = :workspace and d.pinned ->> 'workflow_id' = :workflow
              and (:user::text is null or r.user_id = :user)
            order by d.run_id desc limit :limit offset :offset
            """)
        .bind("workspace", workspaceId)
        .bind("workflow", workflowId)
        .bind("user", userId)
        .bind("limit", limit)
        .bind("offset", offset)
        .mapTo(String.class)
        .list();
  }

  /// The median in seconds of the last completed runs of the workflow that this one belongs to.
  Optional<Double> median(Tx tx, String workspaceId, String workflowId, String runId) {
    return tx.handle()
        .createQuery(
            """
            select percentile_cont(0.5) within group (order by seconds) from (
              select extract(epoch from r.ended_at - r.started_at) as seconds
              from (
                select d.workspace_id, d.run_id from run_data d
                where d.workspace_id = :workspace and d.run_id < :run and d.pinned ->> 'workflow_id' = :workflow
                order by d.run_id desc limit :lookedAt) newest
              join run r on r.workspace_id = newest.workspace_id and r.id = newest.run_id
              where r.state = 'completed' and r.started_at is not null
              order by r.id desc limit 20) last
            """)
        .bind("workspace", workspaceId)
        .bind("workflow", workflowId)
        .bind("run", runId)
        .bind("lookedAt", LOOKED_AT)
        .mapTo(Double.class)
        .findOne();
  }

  /// Figures of a workspace.
  ///
  /// @param partial of those that completed, how many did so although steps failed
  /// @param seconds that those took on average which have ended
  record Figures(
      int ended,
      int completed,
      int partial,
      int failed,
      double seconds,
      int active,
      int tools,
      int workflows) {}

  Figures figures(Tx tx, String workspaceId) {
    return tx.handle()
        .createQuery(
            """
            select count(*) filter (where r.ended_at is not null) as ended,
              count(*) filter (where r.state = 'completed') as completed,
              count(*) filter (where r.state = 'completed' and d.result ->> 'status' = 'partial_failure') as partial,
              count(*) filter (where r.state = 'failed') as failed,
              coalesce(avg(extract(epoch from r.ended_at - r.started_at)) filter (where r.ended_at is not null), 0)
                as seconds,
              count(*) filter (where r.ended_at is null) as active,
              (select count(*) from definition t where t.workspace_id = :workspace and t.kind = 'tool'
                 and t.deleted_at is null) as tools,
              (select count(*) from definition w where w.workspace_id = :workspace and w.kind = 'workflow'
                 and w.deleted_at is null) as workflows
            from run r join run_data d on d.workspace_id = r.workspace_id and d.run_id = r.id
            where r.workspace_id = :workspace and r.kind = 'workflow'
            """)
        .bind("workspace", workspaceId)
        .map((row, _) ->
            new Figures(
                row.getInt("ended"),
                row.getInt("completed"),
                row.getInt("partial"),
                row.getInt("failed"),
                row.getDouble("seconds"),
                row.getInt("active"),
                row.getInt("tools"),
                row.getInt("workflows")))
        .one();
  }
}
