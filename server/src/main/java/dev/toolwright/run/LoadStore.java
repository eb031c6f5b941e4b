package dev.toolwright.run;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the holder of a run reads.
final class LoadStore {
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
        .map((row, _) -> WaitStore.wait(row, null))
        .forEach(wait -> waits.put(wait.key(), wait));
    return waits;
  }

  /// Whether this was stored, when nobody knows.
  boolean has(Tx tx, JournalStore.Progress made) {
    var run = made.run();
    var step = made.steps().getFirst();
    return tx.handle()
        .createQuery(
            """
            select exists (select from run_step where workspace_id = :workspace and run_id = :run and key = :key
              and state = :state and attempt = :attempt and fence = :fence)
            """)
        .bind("workspace", run.workspaceId())
        .bind("run", run.id())
        .bind("key", step.key())
        .bind("state", step.state().name().toLowerCase(Locale.ROOT))
        .bind("attempt", step.attempt())
        .bind("fence", run.fence())
        .mapTo(Boolean.class)
        .one();
  }

  /// The same of an end.
  boolean has(Tx tx, JournalStore.Ending end) {
    return tx.handle()
        .createQuery(
            """
            select exists (select from run
              where workspace_id = :workspace and id = :run and fence = :fence and state = :state)
            """)
        .bind("workspace", end.run().workspaceId())
        .bind("run", end.run().id())
        .bind("fence", end.run().fence())
        .bind("state", end.state().key())
        .mapTo(Boolean.class)
        .one();
  }
}
