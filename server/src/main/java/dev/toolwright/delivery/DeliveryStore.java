package dev.toolwright.delivery;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

final class DeliveryStore {
  /// @param age since it was first due
  record Due(
      String workspaceId,
      String id,
      String runId,
      String url,
      @Nullable String secretId,
      String body,
      int attempt,
      Duration age) {}

  void insert(
      Tx tx,
      String workspaceId,
      String id,
      String runId,
      String url,
      @Nullable String secretId,
      JsonNode body) {
    tx.handle()
        .createUpdate(
            """
            insert into delivery (workspace_id, id, run_id, url, secret_id, body)
            values (:workspace, :id, :run, :url, :secret, :body::json)
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("run", runId)
        .bind("url", url)
        .bind("secret", secretId)
        .bind("body", Json.write(body))
        .execute();
  }

  /// Takes due deliveries for 20 seconds, longer than sending takes at most: a node that dies while
  /// sending leaves them to be sent again.
  ///
  /// @param busy workspaces that are passed over for now
  List<Due> claim(Tx tx, int room, List<String> busy) {
    return tx.handle()
        .createQuery(
            """
            with due as (
              select workspace_id, id from delivery where state = 'due' and due_at <= clock_timestamp()
                and workspace_id <> all (:busy)
              order by due_at limit :room for update skip locked)
            update delivery d set attempt = attempt + 1, due_at = clock_timestamp() + interval '20 seconds'
            from due where d.workspace_id = due.workspace_id and d.id = due.id
            returning d.workspace_id, d.id, d.run_id, d.url, d.secret_id, d.body::text as body, d.attempt,
              extract(epoch from clock_timestamp() - d.created_at)::bigint as age
            """)
        .bind("room", room)
        .bindArray("busy", String.class, busy)
        .map((row, _) ->
            new Due(
                row.getString("workspace_id"),
                row.getString("id"),
                row.getString("run_id"),
                row.getString("url"),
                row.getString("secret_id"),
                row.getString("body"),
                row.getInt("attempt"),
                Duration.ofSeconds(row.getLong("age"))))
        .list();
  }

  /// @param again null: it is over
  void sent(
      Tx tx,
      Due due,
      String state,
      @Nullable Integer status,
      @Nullable String error,
      @Nullable Duration again) {
    tx.handle()
        .createUpdate(
            """
            update delivery set state = :state, last_status = :status, last_error = :error,
              due_at = coalesce(clock_timestamp() + :again * interval '1 second', due_at)
            where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", due.workspaceId())
        .bind("id", due.id())
        .bind("state", state)
        .bind("status", status)
        .bind("error", error)
        .bind("again", again == null ? null : again.toSeconds())
        .execute();
  }

  /// Whether its run can end no more and has nothing else to tell.
  boolean wasLast(Tx tx, Due due) {
    return tx.handle()
        .createQuery(
            """
            select exists (select from run where workspace_id = :workspace and id = :run and state = 'completed')
              and not exists (select from delivery
                              where workspace_id = :workspace and run_id = :run and state = 'due')
            """)
        .bind("workspace", due.workspaceId())
        .bind("run", due.runId())
        .mapTo(Boolean.class)
        .one();
  }

  /// Ids begin with their time, so that the primary key finds the oldest.
  int forget(Tx tx, String before, int limit) {
    return tx.handle()
        .createUpdate(
            """
            delete from delivery d using (
              select o.workspace_id, o.id from workspace w, lateral (
                select workspace_id, id from delivery
                where workspace_id = w.id and id < :before and state <> 'due' order by id limit :limit) o
              limit :limit) old
            where d.workspace_id = old.workspace_id and d.id = old.id
            """)
        .bind("before", before)
        .bind("limit", limit)
        .execute();
  }
}
