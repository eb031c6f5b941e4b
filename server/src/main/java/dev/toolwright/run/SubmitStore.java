package dev.toolwright.run;

import dev.toolwright.database.Columns;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The SQL with which runs are submitted.
final class SubmitStore {
  /// Stores runs with their places in the queue: those of one workspace come one after the other,
  /// 10 ms apart, so that many of one do not stand before the few of another. One of a higher
  /// priority takes the place of the first of a lower one in its workspace, and goes before it. A
  /// run with a seat is its node's at once unless others wait, or its workspace runs as many as it
  /// may.
  ///
  /// @return those that are, by id
  Map<String, Run> insert(Tx tx, List<NewRun> runs) {
    var columns = new Columns();
    for (var run : runs) {
      columns.add("workspaces", run.workspaceId()).add("ids", run.id());
      columns.add("users", run.userId()).add("kinds", run.kind()).add("programs", run.program());
      columns.add("serials", run.serial()).add("timeouts", run.timeout().toMillis());
      columns.add("inputs", Json.write(run.input())).add("pinneds", Json.write(run.pinned()));
      columns.add("webhooks", run.webhook() == null ? null : Json.write(run.webhook()));
      var parent = run.parent();
      columns.add("parents", parent == null ? null : parent.runId());
      columns.add("parentKeys", parent == null ? null : parent.stepKey());
      columns.add("depths", parent == null ? 0 : parent.depth()).add("nodes", run.nodeId());
      columns.add("priorities", run.priority().stored());
    }
    var statement =
        tx.handle()
            .createQuery(
                """
                with n as (
                  select u.*, row_number() over (partition by workspace order by place) as nth
                  from unnest(:workspaces, :ids, :users, :kinds, :programs, :serials, :timeouts, :inputs, :pinneds,
                              :webhooks, :parents, :parentKeys, :depths, :nodes, :priorities) with ordinality
                    u (workspace, id, usr, kind, program, serial, timeout, input, pinned, webhook, parent, parent_key,
                       depth, node, priority, place)),
                meter as (
                  update workspace_meter w set turn = greatest(w.turn, now()) + c.n * interval '10 milliseconds'
                  from (select workspace, count(*) as n from n group by workspace order by workspace) c
                  where w.workspace_id = c.workspace
                  returning w.workspace_id, w.turn - c.n * interval '10 milliseconds' as turn, w.max_running),
                seated as (
                  select n.*, meter.turn,
                    case when node is not null and not exists (select from run where state = 'ready')
                      and nth + (select count(*) from run b where b.state = 'running' and b.workspace_id = n.workspace)
                        <= coalesce(meter.max_running, 32) then node end as holder
                  from n left join meter on meter.workspace_id = n.workspace),
                created as (
                  insert into run as r (workspace_id, id, user_id, kind, program, state, serial, turn, timeout_ms,
                                        deadline_at, seq, current, parent_id, parent_key, depth, node_id, fence,
                                        started_at, priority)
                  select workspace, id, usr, kind, program, case when holder is null then 'ready' else 'running' end,
                         serial, least(coalesce(seated.turn, now()) + nth * interval '10 milliseconds', before.turn), timeout::bigint,
                         now() + timeout::bigint * interval '1 millisecond', case when holder is null then 1 else 2 end,
                         case when holder is null then 'Queued' else 'Starting' end, parent, parent_key, depth::int,
                         holder, case when holder is null then 0 else 1 end,
                         case when holder is not null then clock_timestamp() end, priority::int
                  from seated
                  left join lateral (
                    select min(ahead.turn) as turn
                    from generate_series(1, seated.priority::int - 1) below (priority), lateral (
                      select o.turn from run o
                      where o.workspace_id = seated.workspace and o.priority = below.priority and o.state = 'ready'
                      order by o.turn limit 1) ahead) before on true
                  returning %s),
                event as (
                  insert into run_event (workspace_id, run_id, seq, type, data)
                  select workspace, id, 1, 'state', '{"status": "queued"}'::json from n
                  union all
                  select workspace, id, 2, 'state', '{"status": "processing", "attempt": 1}'::json from seated
                  where holder is not null),
                data as (
                  insert into run_data (workspace_id, run_id, input, pinned, webhook)
                  select workspace, id, input::json, pinned::json, webhook::json from n)
                select * from created where state = 'running'
                """
                    .formatted(RunStore.COLUMNS));
    var begun = new HashMap<String, Run>();
    columns
        .bind(statement)
        .map((row, _) -> RunStore.run(row))
        .forEach(run -> begun.put(run.id(), run));
    return begun;
  }
}
