package dev.toolwright.run;

import dev.toolwright.database.Columns;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the holder of a run writes. Every statement first checks the fence: an owner that was
/// thought dead and replaced writes nothing.
///
/// A run is running while a node holds it, and is asked for by that: `state = 'running'` would
/// invite PostgreSQL to the index of all running runs, which is full of those that no longer are.
final class JournalStore {
  /// Stores the steps of the runs in `own`, by their places. The first result of a step stays.
  private static final String STORE_STEPS =
      """
      insert into run_step (workspace_id, run_id, key, state, attempt, fence, effect, name, request, result, error,
                            ended_at)
      select own.workspace_id, own.id, s.key, s.state, s.attempt::int, own.fence, s.effect, s.name,
             s.request::json, s.result::json, s.error::json,
             case when s.state in ('done', 'failed') then clock_timestamp() end
      from unnest(:stepRuns, :keys, :states, :attempts, :effects, :names, :requests, :results, :errors)
        s (run, key, state, attempt, effect, name, request, result, error)
      join own on own.place = s.run::bigint
      on conflict (workspace_id, run_id, key) do update set
        state = excluded.state, attempt = excluded.attempt, fence = excluded.fence,
        request = coalesce(excluded.request, run_step.request), result = excluded.result,
        error = excluded.error, ended_at = excluded.ended_at
      where run_step.state in ('intent', 'waiting', 'unknown')
      """;

  /// What a run stores at once.
  ///
  /// @param current what it does next, a sentence; null: as before
  ///
  /// @param attachments what others store with it
  record Progress(
      Run run,
      List<Step> steps,
      List<RunEvent> events,
      @Nullable String current,
      List<Attachment> attachments) {}

  /// Stores steps and events of several runs in one statement.
  ///
  /// @return for each whether its fence still holds; nothing of it is written otherwise
  List<Boolean> store(Tx tx, List<Progress> all) {
    var runs = new Columns();
    var steps = stepColumns();
    var events = new EventColumns();
    for (var i = 0; i < all.size(); i++) {
      var one = all.get(i);
      var run = one.run();
      runs.add("workspaces", run.workspaceId()).add("ids", run.id()).add("fences", run.fence());
      runs.add("told", one.events().size()).add("currents", one.current());
      runs.add("done", one.steps().stream().filter(JournalStore::isDone).count());
      for (var step : one.steps()) {
        add(steps, i + 1, step);
      }
      events.add(i + 1, one.events());
    }
    var statement =
        tx.handle()
            .createQuery(
                """
                with own as (
                  update run r set seq = r.seq + p.told::int, steps_done = r.steps_done + p.done::int,
                    revived = case when p.done::int > 0 then 0 else r.revived end,
                    current = coalesce(p.current, r.current)
                  from unnest(:workspaces, :ids, :fences, :told, :done, :currents) with ordinality
                    p (workspace, id, fence, told, done, current, place)
                  where r.workspace_id = p.workspace and r.id = p.id and r.fence = p.fence::bigint
                    and r.node_id is not null
                  returning p.place, r.workspace_id, r.id, r.fence, r.seq - p.told::int as seq),
                stepped as (
                  %s),
                told as (
                  insert into run_event (workspace_id, run_id, seq, at, type, data)
                  select own.workspace_id, own.id, own.seq + e.position::int, clock_timestamp(), e.type, e.data::json
                  from unnest(:eventRuns, :positions, :types, :datas) e (run, position, type, data)
                  join own on own.place = e.run::bigint)
                select place from own
                """
                    .formatted(STORE_STEPS));
    var own = Set.copyOf(events.bind(steps.bind(runs.bind(statement))).mapTo(Integer.class).list());
    return IntStream.rangeClosed(1, all.size()).mapToObj(own::contains).toList();
  }

  private static boolean isDone(Step step) {
    return step.state() == Step.State.DONE || step.state() == Step.State.FAILED;
  }

  private static Columns stepColumns() {
    return new Columns(
        "stepRuns",
        "keys",
        "states",
        "attempts",
        "effects",
        "names",
        "requests",
        "results",
        "errors");
  }

  private static void add(Columns steps, int run, Step step) {
    steps.add("stepRuns", run).add("keys", step.key());
    steps.add("states", step.state().name().toLowerCase(Locale.ROOT));
    steps.add("attempts", step.attempt()).add("effects", step.effect().key());
    steps.add("names", step.name()).add("requests", text(step.request()));
    steps.add("results", text(step.result())).add("errors", text(step.error()));
  }

  private static @Nullable String text(@Nullable JsonNode node) {
    return node == null ? null : Json.write(node);
  }

  /// Events of several runs for `unnest`, each with the place of its run and its own after the
  /// run's last event.
  private static final class EventColumns {
    private final Columns columns = new Columns("eventRuns", "positions", "types", "datas");

    void add(int run, List<RunEvent> events) {
      for (var i = 0; i < events.size(); i++) {
        columns.add("eventRuns", run).add("positions", i + 1);
        columns.add("types", events.get(i).type()).add("datas", Json.write(events.get(i).data()));
      }
    }

    <S extends SqlStatement<S>> S bind(S statement) {
      return columns.bind(statement);
    }
  }

  /// Gives the run back until a wait is answered or due. A signal or a cancel that came meanwhile
  /// makes it ready at once; an answer that came meanwhile to the same question stays.
  void park(Tx tx, Run run, List<Wait> waits, RunEvent event, String current) {
    for (var wait : waits) {
      if (wait.open()) {
        continue;
      }
      tx.handle()
          .createUpdate(
              """
              insert into run_wait (workspace_id, run_id, key, reason, due_at, question)
              values (:workspace, :id, :key, :reason, now() + :due * interval '1 millisecond', :question::json)
              on conflict (workspace_id, run_id, key) do update set reason = excluded.reason, due_at = excluded.due_at,
                question = excluded.question, answer = null, answered_by = null, answered_at = null
              where run_wait.answered_at is null or run_wait.due_at is not null
                or run_wait.question::text is distinct from excluded.question::text
              """)
          .bind("workspace", run.workspaceId())
          .bind("id", run.id())
          .bind("key", wait.key())
          .bind("reason", wait.reason())
          .bind("due", wait.due() == null ? null : wait.due().toMillis())
          .bind("question", wait.question() == null ? null : Json.write(wait.question()))
          .execute();
    }
    var due =
        waits.stream()
            .map(Wait::due)
            .filter(Objects::nonNull)
            .map(Duration::toMillis)
            .min(Long::compare)
            .orElse(null);
    var seq =
        tx.handle()
            .createQuery(
                """
                update run set
                  state = case when wake or cancel then 'ready' else 'waiting' end, wake = false, node_id = null,
                  due_at = case when deadline_at > now() then least(now() + :due * interval '1 millisecond', deadline_at) end, seq = seq + 1, current = :current
                where workspace_id = :workspace and id = :id and fence = :fence and node_id is not null
                returning seq
                """)
            .bind("workspace", run.workspaceId())
            .bind("id", run.id())
            .bind("fence", run.fence())
            .bind("due", due)
            .bind("current", current)
            .mapTo(Long.class)
            .findOne()
            .orElseThrow(() -> new StaleOwner(run.id()));
    new RunStore().insertEvents(tx, run.workspaceId(), run.id(), seq - 1, List.of(event));
  }

  /// Removes the intent of a step that was never begun, so that nobody need be asked about it.
  void forget(Tx tx, Run run, String key) {
    tx.handle()
        .createUpdate(
            """
            delete from run_step s using run r
            where s.workspace_id = :workspace and s.run_id = :id and s.key = :key and s.state = 'intent'
              and r.workspace_id = s.workspace_id and r.id = s.run_id and r.fence = :fence and r.node_id is not null
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("fence", run.fence())
        .bind("key", key)
        .execute();
  }

  /// Gives the run back to be claimed again, by this node or another.
  void release(Tx tx, Run run) {
    tx.handle()
        .createUpdate(
            """
            update run set state = 'ready', node_id = null
            where workspace_id = :workspace and id = :id and fence = :fence and node_id is not null
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("fence", run.fence())
        .execute();
  }

  /// Gives a run back whose execution broke. It is tried again in two seconds, and counts as a
  /// revival: what breaks every time is parked.
  void postpone(Tx tx, Run run) {
    tx.handle()
        .createUpdate(
            """
            update run set state = 'waiting', node_id = null, revived = revived + 1, due_at = now() + interval '2 seconds'
            where workspace_id = :workspace and id = :id and fence = :fence and node_id is not null
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("fence", run.fence())
        .execute();
  }

  /// How a run ends.
  ///
  /// @param steps that are stored with the end
  record Ending(
      Run run,
      RunState state,
      @Nullable JsonNode result,
      @Nullable JsonNode error,
      List<Step> steps,
      List<RunEvent> events) {}

  /// A run that has ended.
  ///
  /// @param followed whether one with the same serial waits for it
  record Over(Run run, boolean followed) {}

  /// Ends several runs.
  ///
  /// @return each as it ended; empty where the fence did not hold, and nothing of it is written
  List<Optional<Over>> end(Tx tx, List<Ending> all) {
    var runs = new Columns();
    var steps = stepColumns();
    var events = new EventColumns();
    for (var i = 0; i < all.size(); i++) {
      var one = all.get(i);
      var run = one.run();
      runs.add("workspaces", run.workspaceId()).add("ids", run.id()).add("fences", run.fence());
      runs.add("endStates", one.state().key()).add("told", one.events().size());
      runs.add("done", one.steps().stream().filter(JournalStore::isDone).count());
      runs.add("outcomes", text(one.result())).add("faults", text(one.error()));
      for (var step : one.steps()) {
        add(steps, i + 1, step);
      }
      events.add(i + 1, one.events());
    }
    var statement =
        tx.handle()
            .createQuery(
                """
                with own as (
                  update run r set state = p.state, node_id = null, ended_at = clock_timestamp(), due_at = null,
                    current = '', seq = r.seq + p.told::int, steps_done = r.steps_done + p.done::int
                  from unnest(:workspaces, :ids, :fences, :endStates, :told, :done, :outcomes, :faults) with ordinality
                    p (workspace, id, fence, state, told, done, result, error, place)
                  where r.workspace_id = p.workspace and r.id = p.id and r.fence = p.fence::bigint
                    and r.node_id is not null
                  returning p.place, p.told::int as told, p.result, p.error, r.*),
                told as (
                  insert into run_event (workspace_id, run_id, seq, at, type, data)
                  select r.workspace_id, r.id, r.seq - r.told + e.position::int, clock_timestamp(), e.type, e.data::json
                  from unnest(:eventRuns, :positions, :types, :datas) e (run, position, type, data)
                  join own r on r.place = e.run::bigint),
                stepped as (
                  %s),
                kept as (
                  update run_data d set result = r.result::json, error = r.error::json
                  from own r where d.workspace_id = r.workspace_id and d.run_id = r.id)
                select r.place, %s, r.serial is not null and exists (
                  select from run o where o.workspace_id = r.workspace_id and o.serial = r.serial
                    and o.state = 'ready') as followed
                from own r
                """
                    .formatted(STORE_STEPS, RunStore.COLUMNS));
    var ended = new HashMap<Integer, Over>();
    events
        .bind(steps.bind(runs.bind(statement)))
        .map((row, _) ->
            Map.entry(row.getInt("place"), new Over(RunStore.run(row), row.getBoolean("followed"))))
        .forEach(one -> ended.put(one.getKey(), one.getValue()));
    for (var over : ended.values()) {
      var run = over.run();
      if (run.state() != RunState.COMPLETED) {
        new RunStore().settleUnknown(tx, run.workspaceId(), run.id());
      }
    }
    return IntStream.rangeClosed(1, all.size())
        .mapToObj(place -> Optional.ofNullable(ended.get(place)))
        .toList();
  }
}
