package dev.toolwright.tool;

import dev.toolwright.database.Storable;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

final class CallStore {
  void insert(Tx tx, List<CallRecord> records) {
    insertCalls(tx, records);
    var ended = records.stream().filter(record -> record.state().equals("ended")).toList();
    if (!ended.isEmpty()) {
      addUsage(tx, ended);
      charge(tx, ended.stream().filter(record -> record.price().signum() > 0).toList());
    }
  }

  private void insertCalls(Tx tx, List<CallRecord> records) {
    var columns = new Columns();
    for (var record : records) {
      columns.add("workspaces", record.workspaceId());
      columns.add("ids", record.id());
      columns.add("tools", record.toolId());
      columns.add("versions", String.valueOf(record.version()));
      columns.add("users", record.userId());
      columns.add("runs", record.runId());
      columns.add("steps", record.stepKey());
      columns.add("doors", record.door());
      columns.add("states", record.state());
      columns.add("outcomes", record.outcome());
      columns.add("types", record.errorType());
      columns.add("errors", record.error());
      columns.add("durations", String.valueOf(record.durationMicros()));
      columns.add("attempts", String.valueOf(record.attempts()));
      columns.add("inputs", text(record.input()));
      columns.add("outputs", text(record.output()));
      columns.add("logs", record.logs().isEmpty() ? null : Json.write(record.logs()));
      columns.add("prices", record.price().toPlainString());
    }
    columns
        .bind(
            tx.handle()
                .createUpdate(
                    """
                    insert into call (workspace_id, id, tool_id, version, user_id, run_id, step_key, door, state, outcome,
                                      error_type, error, duration_us, attempts, input, output, logs, credits)
                    select c.workspace, c.id, c.tool, c.version::int, c.usr, c.run, c.step, c.door, c.state, c.outcome,
                           c.type, c.error, c.duration::bigint, c.attempt::int, c.input::json, c.output::json,
                           c.logs::json, c.price::numeric
                    from unnest(:workspaces, :ids, :tools, :versions, :users, :runs, :steps, :doors, :states, :outcomes,
                                :types, :errors, :durations, :attempts, :inputs, :outputs, :logs, :prices)
                      c (workspace, id, tool, version, usr, run, step, door, state, outcome, type, error, duration,
                         attempt, input, output, logs, price)
                    on conflict (workspace_id, id) do update set
                      state = excluded.state, outcome = excluded.outcome, error_type = excluded.error_type,
                      error = excluded.error, duration_us = excluded.duration_us, attempts = excluded.attempts,
                      output = excluded.output, logs = excluded.logs, credits = excluded.credits
                    """))
        .execute();
  }

  /// One row a tool, in the order of the keys, so that two nodes' flushes cannot deadlock.
  private void addUsage(Tx tx, List<CallRecord> records) {
    var byTool = new TreeMap<String, long[]>();
    for (var record : records) {
      var key = record.workspaceId() + '\n' + record.toolId();
      var sums = byTool.computeIfAbsent(key, _ -> new long[3]);
      sums[0]++;
      sums[1] += record.errorType() == null ? 1 : 0;
      sums[2] += record.durationMicros();
    }
    var columns = new Columns();
    byTool.forEach((key, sums) -> {
      columns.add("workspaces", key.substring(0, key.indexOf('\n')));
      columns.add("tools", key.substring(key.indexOf('\n') + 1));
      columns.add("calls", String.valueOf(sums[0]));
      columns.add("succeeded", String.valueOf(sums[1]));
      columns.add("totals", String.valueOf(sums[2]));
    });
    columns
        .bind(
            tx.handle()
                .createUpdate(
                    """
                    insert into tool_usage as u (workspace_id, tool_id, calls, succeeded, failed, total_us, last_used_at)
                    select n.workspace, n.tool, n.calls::bigint, n.succeeded::bigint,
                           n.calls::bigint - n.succeeded::bigint, n.total::bigint, clock_timestamp()
                    from unnest(:workspaces, :tools, :calls, :succeeded, :totals) n (workspace, tool, calls, succeeded, total)
                    on conflict (workspace_id, tool_id) do update set
                      calls = u.calls + excluded.calls, succeeded = u.succeeded + excluded.succeeded,
                      failed = u.failed + excluded.failed, total_us = u.total_us + excluded.total_us,
                      last_used_at = excluded.last_used_at
                    """))
        .execute();
  }

  /// Charges the flush's calls: one entry a call, one update a user and a workspace.
  private void charge(Tx tx, List<CallRecord> records) {
    if (records.isEmpty()) {
      return;
    }
    var entries = new Columns();
    var sums = new TreeMap<String, BigDecimal>();
    for (var record : records) {
      entries.add("workspaces", record.workspaceId());
      entries.add("ids", Ids.next("cre"));
      entries.add("users", record.userId());
      entries.add("prices", record.price().toPlainString());
      entries.add("causes", record.id());
      sums.merge(record.workspaceId() + '\n' + record.userId(), record.price(), BigDecimal::add);
    }
    entries
        .bind(
            tx.handle()
                .createUpdate(
                    """
                    insert into credit_entry (workspace_id, id, user_id, debit, credit, amount, cause, kind)
                    select e.workspace, e.id, e.usr, 'available', 'spent', e.price::numeric, e.cause, 'charge'
                    from unnest(:workspaces, :ids, :users, :prices, :causes) e (workspace, id, usr, price, cause)
                    """))
        .execute();
    var columns = new Columns();
    sums.forEach((key, sum) -> {
      columns.add("workspaces", key.substring(0, key.indexOf('\n')));
      columns.add("users", key.substring(key.indexOf('\n') + 1));
      columns.add("sums", sum.toPlainString());
    });
    columns
        .bind(
            tx.handle()
                .createUpdate(
                    """
                    with due as (
                      select s.workspace, s.usr, s.sum::numeric as sum
                      from unnest(:workspaces, :users, :sums) s (workspace, usr, sum)),
                    charged as (
                      insert into user_meter as m (workspace_id, user_id, spent) select workspace, usr, sum from due
                      on conflict (workspace_id, user_id) do update set spent = m.spent + excluded.spent)
                    update workspace_meter w set spent = w.spent + t.sum
                    from (select workspace, sum(sum) as sum from due group by workspace) t
                    where w.workspace_id = t.workspace
                    """))
        .execute();
  }

  /// Whether a user or the workspace has a limit at all.
  boolean isLimited(Tx tx, String workspaceId, String userId) {
    return tx.handle()
        .createQuery(
            """
            select exists (select from user_meter
                           where workspace_id = :workspace and user_id = :user and credit_limit is not null)
                or exists (select from workspace_meter where workspace_id = :workspace and credit_limit is not null)
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .mapTo(Boolean.class)
        .one();
  }

  Map<String, ToolUsage> usage(Tx tx, String workspaceId, List<String> toolIds) {
    var usage = new HashMap<String, ToolUsage>();
    tx.handle()
        .createQuery(
            """
            select tool_id, calls, succeeded, total_us, last_used_at from tool_usage
            where workspace_id = :workspace and tool_id = any(:tools)
            """)
        .bind("workspace", workspaceId)
        .bindArray("tools", String.class, toolIds)
        .map((row, _) ->
            Map.entry(
                row.getString("tool_id"),
                new ToolUsage(
                    row.getLong("calls"),
                    row.getLong("succeeded"),
                    row.getLong("total_us"),
                    row.getObject("last_used_at", OffsetDateTime.class).toInstant())))
        .forEach(entry -> usage.put(entry.getKey(), entry.getValue()));
    return usage;
  }

  private static @Nullable String text(@Nullable JsonNode node) {
    return node == null ? null : Json.write(node);
  }

  /// Rows turned into named text columns for `unnest`.
  private static final class Columns {
    private final Map<String, List<@Nullable String>> values = new HashMap<>();

    void add(String name, @Nullable String value) {
      values.computeIfAbsent(name, _ -> new ArrayList<>()).add(Storable.text(value));
    }

    <S extends SqlStatement<S>> S bind(S statement) {
      values.forEach((name, column) -> statement.bindArray(name, String.class, column));
      return statement;
    }
  }
}
