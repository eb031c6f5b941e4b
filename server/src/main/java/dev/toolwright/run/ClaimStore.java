package dev.toolwright.run;

import dev.toolwright.database.Tx;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;

/// How nodes share runs. Only the database's clock is asked: a node whose clock is wrong neither
/// loses nor steals a run.
final class ClaimStore {
  /// Without a beat for this long a node counts as dead and its runs are taken over.
  private static final String DEAD_AFTER = "5 seconds";

  /// Announces this boot of a node. Earlier boots under the same name are dead by the home's lock,
  /// whatever their beat.
  void announce(Tx tx, String name, String id, String version) {
    tx.handle()
        .createUpdate("delete from node where id like :name || '.%' and id <> :id")
        .bind("name", name)
        .bind("id", id)
        .execute();
    tx.handle()
        .createUpdate(
            "insert into node (id, version, beat) values (:id, :version, clock_timestamp())")
        .bind("id", id)
        .bind("version", version)
        .execute();
  }

  /// False when the row is gone: a later boot of this node took over.
  boolean beat(Tx tx, String id) {
    return tx.handle()
            .createUpdate("update node set beat = clock_timestamp() where id = :id")
            .bind("id", id)
            .execute()
        == 1;
  }

  void leave(Tx tx, String id) {
    tx.handle().createUpdate("delete from node where id = :id").bind("id", id).execute();
  }

  void drain(Tx tx, String id) {
    tx.handle()
        .createUpdate("update node set draining = true where id = :id")
        .bind("id", id)
        .execute();
  }

  /// Forgets nodes that died a day ago and never came back.
  void forgetDead(Tx tx) {
    tx.handle()
        .createUpdate("delete from node where beat < clock_timestamp() - interval '1 day'")
        .execute();
  }

  /// The runs that the database says this node holds.
  List<Run> held(Tx tx, String nodeId) {
    return tx.handle()
        .createQuery("select " + RunStore.COLUMNS + " from run r where r.node_id = :node")
        .bind("node", nodeId)
        .map((row, _) -> RunStore.run(row))
        .list();
  }

  /// Makes the runs of dead nodes claimable again. Their fence rises with the next claim.
  List<Run> reap(Tx tx) {
    return tx.handle()
        .createQuery(
            """
            with dead as (
              select r.workspace_id, r.id from run r
              where r.state = 'running' and not exists (
                select from node n where n.id = r.node_id and n.beat > clock_timestamp() - interval '%s')
              for update of r skip locked),
            freed as (
              update run r set state = 'ready', node_id = null, fence = fence + 1, revived = revived + 1, seq = seq + 1
              from dead where r.workspace_id = dead.workspace_id and r.id = dead.id
              returning %s),
            told as (
              insert into run_event (workspace_id, run_id, seq, type, data)
              select workspace_id, id, seq, 'state', json_build_object('status', 'queued', 'reason', 'its node stopped')
              from freed)
            select * from freed
            """
                .formatted(DEAD_AFTER, RunStore.COLUMNS))
        .map((row, _) -> RunStore.run(row))
        .list();
  }

  /// Cancels what runs started that have ended since, whatever they ended with. What waits is
  /// claimed once more, to end as any run that is cancelled.
  int cancelOrphans(Tx tx) {
    return tx.handle()
        .createUpdate(
            """
            with orphan as (
              select c.workspace_id, c.id from run c
              join run p on p.workspace_id = c.workspace_id and p.id = c.parent_id
              where c.parent_id is not null and c.state in ('ready', 'running', 'waiting') and not c.cancel
                and p.ended_at is not null
              order by c.workspace_id, c.id limit 500 for update of c skip locked)
            update run c set cancel = true, due_at = null,
              state = case when c.state = 'waiting' then 'ready' else c.state end
            from orphan o where c.workspace_id = o.workspace_id and c.id = o.id
            """)
        .execute();
  }

  /// Wakes runs whose wait is due.
  int wakeDue(Tx tx) {
    return tx.handle()
        .createUpdate(
            """
            with due as (
              select workspace_id, id from run where state = 'waiting' and due_at <= clock_timestamp()
              order by due_at limit 500 for update skip locked)
            update run r set state = 'ready', due_at = null from due
            where r.workspace_id = due.workspace_id and r.id = due.id
            """)
        .execute();
  }

  /// How many runs of the server are in a state that is not an end.
  long count(Tx tx, String state) {
    return tx.handle()
        .createQuery("select count(*) from run where state = '" + state + "'")
        .mapTo(Long.class)
        .one();
  }

  boolean hasReady(Tx tx) {
    return tx.handle()
        .createQuery("select exists (select from run where state = 'ready')")
        .mapTo(Boolean.class)
        .one();
  }

  /// Takes up to `room` ready runs in the order of their turn and priority, no workspace above its
  /// cap, no thread twice.
  List<Run> claim(Tx tx, String nodeId, List<String> programs, int room) {
    return claim(tx, "", nodeId, programs, room).map((row, _) -> RunStore.run(row)).list();
  }

  /// Takes this run, under the same rules.
  Optional<Run> claim(
      Tx tx, String nodeId, List<String> programs, String workspaceId, String runId) {
    return claim(tx, "and r.workspace_id = :workspace and r.id = :run", nodeId, programs, 1)
        .bind("workspace", workspaceId)
        .bind("run", runId)
        .map((row, _) -> RunStore.run(row))
        .findOne();
  }

  /// @param which a condition more
  private static Query claim(Tx tx, String which, String nodeId, List<String> programs, int room) {
    return tx.handle()
        .createQuery(
            """
            with busy as (select workspace_id, count(*) as n from run where state = 'running' group by 1),
            full_workspace as (
              select b.workspace_id from busy b
              join workspace_meter m on m.workspace_id = b.workspace_id where b.n >= m.max_running),
            pick as (
              select r.workspace_id, r.id, r.turn, r.priority from run r
              where r.state = 'ready' and r.program = any(:programs) %s
                and not exists (select from full_workspace f where f.workspace_id = r.workspace_id)
                and (r.serial is null or not exists (
                  select from run o where o.workspace_id = r.workspace_id and o.serial = r.serial
                    and o.state in ('ready', 'running', 'waiting') and (o.id < r.id or o.state = 'running')))
              order by r.turn, r.priority desc limit :room for update of r skip locked),
            placed as (
              select workspace_id, id, row_number() over (partition by workspace_id order by turn, priority desc) as place from pick),
            fitting as (
              select p.workspace_id, p.id from placed p
              left join busy b on b.workspace_id = p.workspace_id
              left join workspace_meter m on m.workspace_id = p.workspace_id
              where p.place <= coalesce(m.max_running, 32) - coalesce(b.n, 0)),
            taken as (
              update run r set state = 'running', node_id = :node, fence = fence + 1, wake = false, due_at = null,
                started_at = coalesce(started_at, clock_timestamp()), seq = seq + 1, current = 'Starting'
              from fitting where r.workspace_id = fitting.workspace_id and r.id = fitting.id
              returning %s),
            told as (
              insert into run_event (workspace_id, run_id, seq, at, type, data)
              select workspace_id, id, seq, clock_timestamp(), 'state',
                     json_build_object('status', 'processing', 'attempt', attempt) from taken)
            select * from taken
            """
                .formatted(which, RunStore.COLUMNS))
        .bind("node", nodeId)
        .bindArray("programs", String.class, programs)
        .bind("room", room);
  }

  /// A run that waits for a node.
  record Ready(String workspaceId, String id, String program, long seq) {}

  /// The first in the order of their turn.
  List<Ready> ready(Tx tx, List<String> programs, int most) {
    return tx.handle()
        .createQuery(
            """
            select workspace_id, id, program, seq from run
            where state = 'ready' and program = any(:programs) order by turn, priority desc limit :most
            """)
        .bindArray("programs", String.class, programs)
        .bind("most", most)
        .map((row, _) ->
            new Ready(
                row.getString("workspace_id"),
                row.getString("id"),
                row.getString("program"),
                row.getLong("seq")))
        .list();
  }
}
