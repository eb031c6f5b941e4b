package dev.toolwright.tool;

import dev.toolwright.database.Columns;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Attachment;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

final class CallStore {
  /// The record of a call in a run.
  record OfStep(CallRecord record) implements Attachment {
    @Override
    public void storeAll(Tx tx, List<? extends Attachment> all) {
      new CallStore().insert(tx, all.stream().map(one -> ((OfStep) one).record()).toList());
    }
  }

  /// Stores calls, adds up usage and charges what is due, all in one statement: one round trip, one
  /// commit. Users are locked before their workspace, as everywhere. A call that has ended is
  /// stored, counted and charged once, however often its end is told.
  void insert(Tx tx, List<CallRecord> records) {
    var columns = new Columns();
    for (var record : records) {
      columns.add("workspaces", record.workspaceId());
      columns.add("ids", record.id());
      columns.add("tools", record.toolId());
      columns.add("versions", record.version());
      columns.add("users", record.userId());
      columns.add("runs", record.runId());
      columns.add("steps", record.stepKey());
      columns.add("doors", record.door());
      columns.add("states", record.state());
      columns.add("outcomes", record.outcome());
      columns.add("types", record.errorType());
      columns.add("errors", record.error());
      columns.add("durations", record.durationMicros());
      columns.add("attempts", record.attempts());
      columns.add("inputs", Json.write(record.input()));
      columns.add("outputs", record.output());
      columns.add("logs", record.logs().isEmpty() ? null : Json.write(record.logs()));
      columns.add("prices", record.price().toPlainString());
      columns.add("dues", record.due().toPlainString());
      columns.add("entries", Ids.next("cre"));
    }
    tx.last(
        """
        with c as (
          select workspace, id, tool, version::int, usr, run, step, door, state, outcome, type, error,
                 duration::bigint, attempts::int, input::json, output::json, logs::json, price::numeric, due::numeric,
                 entry
          from unnest(:workspaces, :ids, :tools, :versions, :users, :runs, :steps, :doors, :states, :outcomes,
                      :types, :errors, :durations, :attempts, :inputs, :outputs, :logs, :prices, :dues, :entries)
            u (workspace, id, tool, version, usr, run, step, door, state, outcome, type, error, duration,
               attempts, input, output, logs, price, due, entry)),
        stored as (
          insert into call (workspace_id, id, tool_id, version, user_id, run_id, step_key, door, state, outcome,
                            error_type, error, duration_us, attempts, input, output, logs, credits)
          select workspace, id, tool, version, usr, run, step, door, state, outcome, type, error, duration,
                 attempts, input, output, logs, price from c
          on conflict (workspace_id, id) do update set
            state = excluded.state, outcome = excluded.outcome, error_type = excluded.error_type,
            error = excluded.error, duration_us = excluded.duration_us, attempts = excluded.attempts,
            output = excluded.output, logs = excluded.logs, credits = excluded.credits
            where call.state <> 'ended'
          returning workspace_id, id),
        fresh as (select c.* from c join stored s on s.workspace_id = c.workspace and s.id = c.id),
        used as (
          insert into tool_usage as t (workspace_id, tool_id, calls, succeeded, failed, total_us, last_used_at)
          select workspace, tool, count(*), count(*) filter (where type is null),
                 count(*) filter (where type is not null), sum(duration), clock_timestamp()
          from fresh where state = 'ended' group by workspace, tool order by workspace, tool
          on conflict (workspace_id, tool_id) do update set
            calls = t.calls + excluded.calls, succeeded = t.succeeded + excluded.succeeded,
            failed = t.failed + excluded.failed, total_us = t.total_us + excluded.total_us,
            last_used_at = excluded.last_used_at),
        entered as (
          insert into credit_entry (workspace_id, id, user_id, debit, credit, amount, cause, kind, action)
          select workspace, entry, usr, 'available', 'spent', due, id, 'charge',
                 case door when 'test' then 'tool_test' else 'tool_call' end from fresh where due > 0),
        charged as (
          insert into user_meter as m (workspace_id, user_id, spent)
          select workspace, usr, sum(due) from fresh where due > 0 group by workspace, usr
          order by workspace, usr
          on conflict (workspace_id, user_id) do update set spent = m.spent + excluded.spent
          returning 1)
        update workspace_meter w set spent = w.spent + owed.sum
        from (select workspace, sum(due) as sum from fresh where due > 0 group by workspace) owed
        where w.workspace_id = owed.workspace and (select count(*) from charged) > 0
        """,
        columns);
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

  private static final String ENTRY =
      """
      select c.*, d.name as tool_name from call c
      left join definition d on d.workspace_id = c.workspace_id and d.id = c.tool_id
      """;

  private static final String FILTERED =
      """
       where c.workspace_id = :workspace and (:user::text is null or c.user_id = :user)
         and (:tool::text is null or c.tool_id = :tool)
         and (:success::boolean is null or :success = (c.state = 'ended' and c.error_type is null))
      """;

  /// Newest first.
  ///
  /// @param userId null: of everybody
  List<CallHistory.Entry> list(
      Tx tx, String workspaceId, @Nullable String userId, CallHistory.Filter filter) {
    return filtered(
            tx,
            ENTRY + FILTERED + " order by c.id desc limit :limit offset :offset",
            workspaceId,
            userId,
            filter)
        .bind("limit", filter.limit())
        .bind("offset", filter.offset())
        .map((row, _) -> entry(row))
        .list();
  }

  int count(Tx tx, String workspaceId, @Nullable String userId, CallHistory.Filter filter) {
    return filtered(tx, "select count(*) from call c" + FILTERED, workspaceId, userId, filter)
        .mapTo(Integer.class)
        .one();
  }

  private static Query filtered(
      Tx tx,
      String statement,
      String workspaceId,
      @Nullable String userId,
      CallHistory.Filter filter) {
    return tx.handle()
        .createQuery(statement)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("tool", filter.toolId())
        .bind("success", filter.success());
  }

  Optional<CallHistory.Entry> find(Tx tx, String workspaceId, @Nullable String userId, String id) {
    return tx.handle()
        .createQuery(
            ENTRY
                + """
                 where c.workspace_id = :workspace and c.id = :id and (:user::text is null or c.user_id = :user)
                """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("id", id)
        .map((row, _) -> entry(row))
        .findOne();
  }

  private static CallHistory.Entry entry(ResultSet row) throws SQLException {
    return new CallHistory.Entry(
        row.getString("id"),
        row.getString("tool_id"),
        row.getString("tool_name"),
        row.getInt("version"),
        row.getString("user_id"),
        row.getString("run_id"),
        row.getString("door"),
        row.getString("state"),
        row.getString("error_type"),
        row.getString("error"),
        row.getLong("duration_us"),
        row.getInt("attempts"),
        Json.stored(row.getString("input")),
        node(row.getString("output")),
        node(row.getString("logs")),
        row.getObject("at", OffsetDateTime.class).toInstant());
  }

  private static @Nullable JsonNode node(@Nullable String text) {
    return text == null ? null : Json.stored(text);
  }

  /// Ids begin with their time, so that the primary key finds the oldest.
  int forget(Tx tx, String before, int limit) {
    return tx.handle()
        .createUpdate(
            """
            delete from call c using (
              select o.workspace_id, o.id from workspace w, lateral (
                select workspace_id, id from call
                where workspace_id = w.id and id < :before order by id limit :limit) o
              limit :limit) old
            where c.workspace_id = old.workspace_id and c.id = old.id
            """)
        .bind("before", before)
        .bind("limit", limit)
        .execute();
  }
}
