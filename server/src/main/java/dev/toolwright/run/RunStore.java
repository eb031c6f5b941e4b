package dev.toolwright.run;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The SQL of a run's life as its callers see it: look, signal, cancel, retry. How it is submitted
/// is in [SubmitStore], what a node does with a run it holds in [JournalStore], how nodes share
/// runs in [ClaimStore].
final class RunStore {
  static final String COLUMNS =
      """
      r.workspace_id, r.id, r.user_id, r.kind, r.program, r.state, r.attempt, r.serial, r.fence, r.cancel, r.revived,
      r.seq, r.steps_done, r.current, r.priority, r.parent_id, r.parent_key, r.depth, r.created_at, r.started_at, r.ended_at
      """;

  Optional<Run> find(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            "select " + COLUMNS + " from run r where r.workspace_id = :workspace and r.id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> run(row))
        .findOne();
  }

  /// The same, locked against a concurrent change of state.
  Optional<Run> lock(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            "select "
                + COLUMNS
                + " from run r where r.workspace_id = :workspace and r.id = :id for update")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> run(row))
        .findOne();
  }

  RunData data(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            """
            select d.input, d.pinned, d.result, d.error, d.webhook,
                   (extract(epoch from r.deadline_at - clock_timestamp()) * 1000)::bigint as remaining
            from run_data d join run r on r.workspace_id = d.workspace_id and r.id = d.run_id
            where d.workspace_id = :workspace and d.run_id = :id
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> runData(row))
        .one();
  }

  List<RecentRun> recent(
      Tx tx,
      String workspaceId,
      @Nullable String userId,
      @Nullable String state,
      @Nullable String reason,
      int limit,
      int offset) {
    return tx.handle()
        .createQuery(
            "select "
                + COLUMNS
                + """
                , case when r.state in ('failed', 'cancelled') then d.error ->> 'message' end as error_message
                from run r
                left join run_data d on d.workspace_id = r.workspace_id and d.run_id = r.id
                where r.workspace_id = :workspace and (:user::text is null or r.user_id = :user)
                  and (:state::text is null or r.state = :state)
                  and (:reason::text is null or r.state = 'waiting' and exists (
                    select from run_wait w where w.workspace_id = r.workspace_id and w.run_id = r.id
                      and w.reason = :reason and w.answered_at is null))
                order by r.id desc limit :limit offset :offset
                """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("state", state)
        .bind("reason", reason)
        .bind("limit", limit)
        .bind("offset", offset)
        .map((row, _) ->
            new RecentRun(run(row), Objects.requireNonNullElse(row.getString("error_message"), "")))
        .list();
  }

  List<Wait> openWaits(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            """
            select key, reason, (extract(epoch from due_at - now()) * 1000)::bigint as left_ms, question, answer
            from run_wait
            where workspace_id = :workspace and run_id = :id and answered_at is null
              and (due_at is null or due_at > now()) order by key
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> {
          var left = row.getObject("left_ms", Long.class);
          return WaitStore.wait(row, left == null ? null : Duration.ofMillis(left));
        })
        .list();
  }

  List<RunEvent> events(Tx tx, String workspaceId, String id, long after, int limit) {
    return tx.handle()
        .createQuery(
            """
            select seq, at, type, data from run_event
            where workspace_id = :workspace and run_id = :id and seq > :after order by seq limit :limit
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("after", after)
        .bind("limit", limit)
        .map((row, _) ->
            new RunEvent(
                row.getLong("seq"),
                instant(row, "at"),
                row.getString("type"),
                Json.stored(row.getString("data"))))
        .list();
  }

  /// Answers one open wait. False when it is not open any more: the first answer wins.
  boolean answer(Tx tx, String workspaceId, String id, String key, JsonNode answer, String by) {
    return tx.handle()
            .createUpdate(
                """
                update run_wait set answer = :answer::json, answered_by = :by, answered_at = now()
                where workspace_id = :workspace and run_id = :id and key = :key and answered_at is null
                """)
            .bind("workspace", workspaceId)
            .bind("id", id)
            .bind("key", key)
            .bind("answer", Json.write(answer))
            .bind("by", by)
            .execute()
        == 1;
  }

  /// Lets a waiting run go on; a signal to a running run is kept until it parks.
  void wake(Tx tx, String workspaceId, String id, boolean clearRevivals) {
    tx.handle()
        .createUpdate(
            """
            update run set
              wake = (state = 'running'),
              due_at = null,
              revived = case when :clear then 0 else revived end,
              state = case when state = 'waiting' then 'ready' else state end
            where workspace_id = :workspace and id = :id and state in ('running', 'waiting')
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("clear", clearRevivals)
        .execute();
  }

  void requestCancel(Tx tx, String workspaceId, String id) {
    tx.handle()
        .createUpdate(
            "update run set cancel = true where workspace_id = :workspace and id = :id and state = 'running'")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .execute();
  }

  /// Ends a run that no node holds.
  void endIdle(Tx tx, Run run, RunState state, JsonNode error, List<RunEvent> events) {
    tx.handle()
        .createUpdate(
            """
            update run set state = :state, ended_at = clock_timestamp(), due_at = null, current = '', seq = seq + :count
            where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("state", state.key())
        .bind("count", events.size())
        .execute();
    insertEvents(tx, run.workspaceId(), run.id(), run.seq(), events);
    settleUnknown(tx, run.workspaceId(), run.id());
    tx.handle()
        .createUpdate(
            "update run_data set error = :error::json where workspace_id = :workspace and run_id = :id")
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("error", Json.write(error))
        .execute();
  }

  /// A step with effect `once` that was in flight at the end has an unknown outcome for ever, and
  /// says so.
  void settleUnknown(Tx tx, String workspaceId, String id) {
    tx.handle()
        .createUpdate(
            """
            update run_step set state = 'unknown'
            where workspace_id = :workspace and run_id = :id and state = 'intent' and effect = 'once'
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .execute();
  }

  /// Starts the next attempt of an ended run. Its finished steps stay.
  void startAgain(Tx tx, Run run) {
    tx.handle()
        .createUpdate(
            """
            update run set state = 'ready', attempt = attempt + 1, cancel = false, wake = false, revived = 0,
              ended_at = null, due_at = null, current = 'Queued again', seq = seq + 1, turn = now(),
              started_at = null,
              deadline_at = now() + timeout_ms * interval '1 millisecond'
            where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .execute();
    insertEvents(
        tx,
        run.workspaceId(),
        run.id(),
        run.seq(),
        List.of(
            RunEvent.of(
                "state", Json.object().put("status", "queued").put("attempt", run.attempt() + 1))));
    tx.handle()
        .createUpdate(
            """
            update run_data set result = null, error = null where workspace_id = :workspace and run_id = :id
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .execute();
  }

  boolean hasFailedSteps(Tx tx, Run run) {
    return tx.handle()
        .createQuery(
            """
            select exists (select from run_step
              where workspace_id = :workspace and run_id = :id and state = 'failed')
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .mapTo(Boolean.class)
        .one();
  }

  /// Forgets the steps that failed or wait, with their waits.
  void forgetUnfinished(Tx tx, Run run) {
    tx.handle()
        .createUpdate(
            """
            with gone as (
              delete from run_step where workspace_id = :workspace and run_id = :id and state in ('failed', 'waiting'))
            delete from run_wait where workspace_id = :workspace and run_id = :id
              and reason <> 'outcome unknown'
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .execute();
  }

  void insertEvents(Tx tx, String workspaceId, String id, long lastSeq, List<RunEvent> events) {
    var types = new ArrayList<String>();
    var datas = new ArrayList<String>();
    for (var event : events) {
      types.add(event.type());
      datas.add(Json.write(event.data()));
    }
    tx.handle()
        .createUpdate(
            """
            insert into run_event (workspace_id, run_id, seq, at, type, data)
            select :workspace, :id, :last + e.position, clock_timestamp(), e.type, e.data::json
            from unnest(:types, :datas) with ordinality e (type, data, position)
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("last", lastSeq)
        .bindArray("types", String.class, types)
        .bindArray("datas", String.class, datas)
        .execute();
  }

  /// Deletes runs that were created and have ended before `time`, with all that belongs to them.
  /// Ids begin with their time, so that the primary key finds the oldest.
  List<Forgotten> forget(Tx tx, Instant time, int limit) {
    return tx.handle()
        .createQuery(
            """
            with old as (
              select o.workspace_id, o.id from workspace w, lateral (
                select workspace_id, id from run
                where workspace_id = w.id and id < :before and ended_at < :time
                order by id limit :limit for update skip locked) o
              limit :limit),
            told as (select old.*, d.webhook::text as webhook from old
                     left join run_data d on d.workspace_id = old.workspace_id and d.run_id = old.id),
            events as (
              delete from run_event e using old where e.workspace_id = old.workspace_id and e.run_id = old.id),
            steps as (
              delete from run_step s using old where s.workspace_id = old.workspace_id and s.run_id = old.id),
            gone as (delete from run r using old where r.workspace_id = old.workspace_id and r.id = old.id)
            select * from told
            """)
        .bind("before", Ids.before("run", time))
        .bind("time", time.atOffset(ZoneOffset.UTC))
        .bind("limit", limit)
        .map((row, _) -> new Forgotten(row.getString("workspace_id"), json(row, "webhook")))
        .list();
  }

  /// A run that was deleted.
  record Forgotten(String workspaceId, @Nullable JsonNode webhook) {}

  static RunData runData(ResultSet row) throws SQLException {
    return new RunData(
        Json.stored(row.getString("input")),
        Json.stored(row.getString("pinned")),
        json(row, "result"),
        json(row, "error"),
        json(row, "webhook"),
        Duration.ofMillis(row.getLong("remaining")));
  }

  private static @Nullable Parent parent(ResultSet row) throws SQLException {
    var id = row.getString("parent_id");
    return id == null
        ? null
        : new Parent(
            id,
            row.getString("parent_key"),
            row.getInt("depth"),
            Priority.ofStored(row.getInt("priority")));
  }

  static Run run(ResultSet row) throws SQLException {
    return new Run(
        row.getString("workspace_id"),
        row.getString("id"),
        row.getString("user_id"),
        row.getString("kind"),
        row.getString("program"),
        RunState.of(row.getString("state")),
        row.getInt("attempt"),
        row.getString("serial"),
        row.getLong("fence"),
        row.getBoolean("cancel"),
        row.getInt("revived"),
        row.getLong("seq"),
        row.getInt("steps_done"),
        row.getString("current"),
        Priority.ofStored(row.getInt("priority")),
        parent(row),
        instant(row, "created_at"),
        nullableInstant(row, "started_at"),
        nullableInstant(row, "ended_at"));
  }

  static @Nullable JsonNode json(ResultSet row, String column) throws SQLException {
    var text = row.getString(column);
    return text == null ? null : Json.stored(text);
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static @Nullable Instant nullableInstant(ResultSet row, String column)
      throws SQLException {
    var at = row.getObject(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }
}
