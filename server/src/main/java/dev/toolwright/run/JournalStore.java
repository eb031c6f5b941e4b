package dev.toolwright.run;

import dev.toolwright.database.Storable;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the holder of a run writes. Every statement first checks the fence: an owner that was
/// thought dead and replaced writes nothing.
final class JournalStore {
  /// All that a claimed run starts from.
  ///
  /// @param bytes of the steps' text
  record Loaded(RunData data, Map<String, Step> steps, long bytes) {}

  Loaded load(Tx tx, Run run) {
    return tx.handle()
        .createQuery(
            """
            select d.input, d.pinned, d.result, d.error, d.webhook,
                   (extract(epoch from r.deadline_at - clock_timestamp()) * 1000)::bigint as remaining,
                   (select json_agg(json_build_array(s.key, s.state, s.attempt, s.fence, s.effect, s.name, s.request,
                                                     s.result, s.error))
                    from run_step s where s.workspace_id = r.workspace_id and s.run_id = r.id) as steps
            from run r join run_data d on d.workspace_id = r.workspace_id and d.run_id = r.id
            where r.workspace_id = :workspace and r.id = :id
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .map((row, _) -> {
          var steps = row.getString("steps");
          return new Loaded(
              RunStore.runData(row),
              steps(steps == null ? null : Json.stored(steps)),
              steps == null ? 0 : steps.length());
        })
        .one();
  }

  private static Map<String, Step> steps(@Nullable JsonNode rows) {
    var steps = new HashMap<String, Step>();
    if (rows != null) {
      for (var row : rows) {
        var step =
            new Step(
                row.get(0).asString(),
                Step.State.valueOf(row.get(1).asString().toUpperCase(Locale.ROOT)),
                row.get(2).asInt(),
                row.get(3).asLong(),
                Effect.of(row.get(4).asString()),
                row.get(5).asString(),
                nullable(row.get(6)),
                nullable(row.get(7)),
                nullable(row.get(8)));
        steps.put(step.key(), step);
      }
    }
    return steps;
  }

  private static @Nullable JsonNode nullable(JsonNode node) {
    return node.isNull() ? null : node;
  }

  Map<String, Wait> answeredWaits(Tx tx, Run run) {
    var waits = new HashMap<String, Wait>();
    tx.handle()
        .createQuery(
            """
            select key, reason, question, answer from run_wait
            where workspace_id = :workspace and run_id = :id and answered_at is not null
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .map((row, _) -> RunStore.wait(row))
        .forEach(wait -> waits.put(wait.key(), wait));
    return waits;
  }

  /// Stores steps and events in one statement.
  ///
  /// @throws StaleOwner when the fence is not ours any more; nothing is written then
  void store(Tx tx, Run run, List<Step> steps, List<RunEvent> events, @Nullable String current) {
    var rows = new StepColumns(steps);
    var types = new ArrayList<String>();
    var datas = new ArrayList<String>();
    for (var event : events) {
      types.add(event.type());
      datas.add(Json.write(event.data()));
    }
    var written =
        tx.handle()
            .createQuery(
                """
                with own as (
                  update run set seq = seq + :events, steps_done = steps_done + :done,
                    revived = case when :done > 0 then 0 else revived end, current = coalesce(:current, current)
                  where workspace_id = :workspace and id = :id and fence = :fence and state = 'running'
                  returning seq),
                stepped as (
                  insert into run_step (workspace_id, run_id, key, state, attempt, fence, effect, name, request, result,
                                        error, ended_at)
                  select :workspace, :id, s.key, s.state, s.attempt, :fence, s.effect, s.name, s.request::json,
                         s.result::json, s.error::json,
                         case when s.state in ('done', 'failed') then clock_timestamp() end
                  from own, unnest(:keys, :states, :attempts, :effects, :names, :requests, :results, :errors)
                    s (key, state, attempt, effect, name, request, result, error)
                  on conflict (workspace_id, run_id, key) do update set
                    state = excluded.state, attempt = excluded.attempt, fence = excluded.fence,
                    request = coalesce(excluded.request, run_step.request), result = excluded.result,
                    error = excluded.error, ended_at = excluded.ended_at
                  where run_step.state in ('intent', 'unknown')),
                told as (
                  insert into run_event (workspace_id, run_id, seq, at, type, data)
                  select :workspace, :id, own.seq - :events + e.position, clock_timestamp(), e.type, e.data::json
                  from own, unnest(:types, :datas) with ordinality e (type, data, position))
                select seq from own
                """)
            .bind("workspace", run.workspaceId())
            .bind("id", run.id())
            .bind("fence", run.fence())
            .bind("events", events.size())
            .bind("done", rows.ended)
            .bind("current", Storable.text(current))
            .bindArray("keys", String.class, rows.keys)
            .bindArray("states", String.class, rows.states)
            .bindArray("attempts", Integer.class, rows.attempts)
            .bindArray("effects", String.class, rows.effects)
            .bindArray("names", String.class, rows.names)
            .bindArray("requests", String.class, rows.requests)
            .bindArray("results", String.class, rows.results)
            .bindArray("errors", String.class, rows.errors)
            .bindArray("types", String.class, types)
            .bindArray("datas", String.class, datas)
            .mapTo(Long.class)
            .findOne();
    if (written.isEmpty()) {
      throw new StaleOwner(run.id());
    }
  }

  /// Gives the run back until a wait is answered or due. A signal or a cancel that came meanwhile
  /// makes it ready at once; an answer that came meanwhile to the same question stays.
  void park(Tx tx, Run run, List<Wait> waits, RunEvent event, String current) {
    for (var wait : waits) {
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
    var dues = waits.stream().map(Wait::due).toList();
    var due =
        dues.contains(null)
            ? null
            : dues.stream().map(d -> d == null ? 0L : d.toMillis()).min(Long::compare).orElse(null);
    var seq =
        tx.handle()
            .createQuery(
                """
                update run set
                  state = case when wake or cancel then 'ready' else 'waiting' end, wake = false, node_id = null,
                  due_at = case when deadline_at > now() then least(now() + :due * interval '1 millisecond', deadline_at) end, seq = seq + 1, current = :current
                where workspace_id = :workspace and id = :id and fence = :fence and state = 'running'
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
              and r.workspace_id = s.workspace_id and r.id = s.run_id and r.fence = :fence and r.state = 'running'
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
            where workspace_id = :workspace and id = :id and fence = :fence and state = 'running'
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
            where workspace_id = :workspace and id = :id and fence = :fence and state = 'running'
            """)
        .bind("workspace", run.workspaceId())
        .bind("id", run.id())
        .bind("fence", run.fence())
        .execute();
  }

  /// Ends the run.
  ///
  /// @return the run as it ended
  Run end(
      Tx tx,
      Run run,
      RunState state,
      @Nullable JsonNode result,
      @Nullable JsonNode error,
      List<RunEvent> events) {
    var types = events.stream().map(RunEvent::type).toList();
    var datas = events.stream().map(event -> Json.write(event.data())).toList();
    var ended =
        tx.handle()
            .createQuery(
                """
                with ended as (
                  update run r set state = :state, node_id = null, ended_at = clock_timestamp(), due_at = null,
                    current = '', seq = seq + :events
                  where workspace_id = :workspace and id = :id and fence = :fence and state = 'running'
                  returning r.*),
                told as (
                  insert into run_event (workspace_id, run_id, seq, at, type, data)
                  select :workspace, :id, r.seq - :events + e.position, clock_timestamp(), e.type, e.data::json
                  from ended r, unnest(:types, :datas) with ordinality e (type, data, position)),
                kept as (
                  update run_data d set result = :result::json, error = :error::json
                  from ended r where d.workspace_id = :workspace and d.run_id = r.id)
                select %s from ended r
                """
                    .formatted(RunStore.COLUMNS))
            .bind("workspace", run.workspaceId())
            .bind("id", run.id())
            .bind("fence", run.fence())
            .bind("state", state.key())
            .bind("events", events.size())
            .bindArray("types", String.class, types)
            .bindArray("datas", String.class, datas)
            .bind("result", result == null ? null : Json.write(result))
            .bind("error", error == null ? null : Json.write(error))
            .map((row, _) -> RunStore.run(row))
            .findOne()
            .orElseThrow(() -> new StaleOwner(run.id()));
    if (state != RunState.COMPLETED) {
      new RunStore().settleUnknown(tx, run.workspaceId(), run.id());
    }
    return ended;
  }

  /// Steps turned into columns for `unnest`.
  private static final class StepColumns {
    final List<String> keys = new ArrayList<>();
    final List<String> states = new ArrayList<>();
    final List<Integer> attempts = new ArrayList<>();
    final List<String> effects = new ArrayList<>();
    final List<@Nullable String> names = new ArrayList<>();
    final List<@Nullable String> requests = new ArrayList<>();
    final List<@Nullable String> results = new ArrayList<>();
    final List<@Nullable String> errors = new ArrayList<>();
    int ended;

    StepColumns(List<Step> steps) {
      for (var step : steps) {
        keys.add(step.key());
        states.add(step.state().name().toLowerCase(Locale.ROOT));
        attempts.add(step.attempt());
        effects.add(step.effect().key());
        names.add(Storable.text(step.name()));
        requests.add(text(step.request()));
        results.add(text(step.result()));
        errors.add(text(step.error()));
        if (step.state() == Step.State.DONE || step.state() == Step.State.FAILED) {
          ended++;
        }
      }
    }

    private static @Nullable String text(@Nullable JsonNode node) {
      return node == null ? null : Json.write(node);
    }
  }
}
