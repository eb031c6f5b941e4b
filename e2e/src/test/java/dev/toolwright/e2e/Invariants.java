package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

/// What must hold in the database whatever crashed before, once every job has ended or waits for a
/// person. Each query finds violations.
final class Invariants {
  private Invariants() {}

  static void check(SharedDatabase database) {
    none(
        database,
        "a job is neither ended nor waiting, or one node too many holds it",
        "select id, state from run where state in ('ready', 'running') or (state <> 'running' and node_id is not null)");
    none(
        database,
        "a job ended more or less than once in an attempt, or not last of all",
        """
        select r.id, r.state, count(e.seq), max(e.seq), r.seq from run r
        left join run_event e on e.workspace_id = r.workspace_id and e.run_id = r.id and e.type = 'done'
        where r.state in ('completed', 'failed', 'cancelled')
        group by r.workspace_id, r.id having count(e.seq) <> r.attempt or max(e.seq) <> r.seq
        """);
    none(
        database,
        "the events of a job have a gap",
        """
        select r.id, r.seq, count(e.seq) from run r
        join run_event e on e.workspace_id = r.workspace_id and e.run_id = r.id
        group by r.workspace_id, r.id having min(e.seq) <> 1 or max(e.seq) <> r.seq or count(*) <> r.seq
        """);
    none(
        database,
        "the last state told is not the state stored",
        """
        select r.id, r.state, e.data from run r
        join lateral (select data from run_event e where e.workspace_id = r.workspace_id and e.run_id = r.id
                      and e.type = 'state' order by seq desc limit 1) e on true
        where r.state <> e.data ->> 'status'
        """);
    none(
        database,
        "a result was told twice",
        """
        select run_id, data ->> 'id' from run_event where type = 'tool_result'
        group by workspace_id, run_id, data ->> 'id' having count(*) > 1
        """);
    none(
        database,
        "a completed job has an unfinished step, or a step is newer than its owner",
        """
        select r.id, s.key, s.state, s.fence, r.fence from run r
        join run_step s on s.workspace_id = r.workspace_id and s.run_id = r.id
        where (r.state = 'completed' and s.state not in ('done', 'failed')) or s.fence > r.fence
        """);
    none(
        database,
        "a job that ended has told its webhook less or more than once, or one that runs has told it",
        """
        select r.id, r.state, count(d.id) from run r
        join run_data x on x.workspace_id = r.workspace_id and x.run_id = r.id and x.webhook is not null
        left join delivery d on d.workspace_id = r.workspace_id and d.run_id = r.id
        group by r.workspace_id, r.id
        having count(d.id) <> case when r.state in ('completed', 'failed', 'cancelled') then r.attempt else 0 end
        """);
    checkLedger(database);
  }

  private static void checkLedger(SharedDatabase database) {
    none(
        database,
        "a job was reserved for or charged other than once",
        """
        select r.id, r.state, array_agg(c.kind) from run r
        left join credit_entry c on c.workspace_id = r.workspace_id and c.cause = r.id
        where r.kind = 'agent'
        group by r.workspace_id, r.id
        having count(*) filter (where c.kind = 'reserve') <> 1
          or count(*) filter (where c.kind in ('settle', 'refund'))
             <> case when r.state in ('completed', 'failed', 'cancelled') then 1 else least(r.attempt - 1, 1) end
        """);
    none(
        database,
        "a call that became a job was charged other than once",
        """
        select r.id, r.state, array_agg(c.kind) from run r
        left join credit_entry c on c.workspace_id = r.workspace_id and c.cause = 'call' || substr(r.id, 4)
        where r.kind = 'tool'
        group by r.workspace_id, r.id
        having count(*) filter (where c.kind = 'charge') <> 1
        """);
    var moved =
        """
        sum(case when debit = '%1$s' then -amount when credit = '%1$s' then amount else 0 end)
        """;
    var sums =
        moved.formatted("reserved") + " as reserved, " + moved.formatted("spent") + " as spent";
    none(
        database,
        "a user's balance differs from their entries",
        """
        select m.user_id, m.reserved, e.reserved, m.spent, e.spent from user_meter m
        full join (select workspace_id, user_id, %s from credit_entry group by 1, 2) e
          using (workspace_id, user_id)
        where m.reserved is distinct from e.reserved or m.spent is distinct from e.spent
        """
            .formatted(sums));
    none(
        database,
        "a workspace's balance differs from its entries",
        """
        select m.workspace_id, m.reserved, e.reserved, m.spent, e.spent from workspace_meter m
        join (select workspace_id, %s from credit_entry group by 1) e using (workspace_id)
        where m.reserved is distinct from e.reserved or m.spent is distinct from e.spent
        """
            .formatted(sums));
  }

  private static void none(SharedDatabase database, String violation, String sql) {
    assertThat(database.rows(sql)).as(violation).isEmpty();
  }
}
