package dev.toolwright.delivery;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The SQL of sending.
final class DeliveryStore {
  /// @param attempt number of this attempt
  /// @param tries of them since it was first due, or re-sent
  /// @param since that moment: names the round that this attempt belongs to
  /// @param age since then
  record Due(
      String workspaceId,
      String id,
      String url,
      @Nullable String secretId,
      String body,
      int attempt,
      int tries,
      OffsetDateTime since,
      Duration age) {}

  /// What came of an attempt.
  ///
  /// @param status null: there was no answer
  /// @param error null: it was delivered
  record Result(@Nullable Integer status, @Nullable String error, Duration duration) {}

  void insert(
      Tx tx,
      String workspaceId,
      String id,
      String runId,
      String userId,
      String url,
      @Nullable String secretId,
      JsonNode body) {
    tx.handle()
        .createUpdate(
            """
            insert into delivery (workspace_id, id, run_id, user_id, url, secret_id, body)
            values (:workspace, :id, :run, :user, :url, :secret, :body::json)
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("run", runId)
        .bind("user", userId)
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
            update delivery d set attempt = attempt + 1, tries = tries + 1,
              due_at = clock_timestamp() + interval '20 seconds'
            from due where d.workspace_id = due.workspace_id and d.id = due.id
            returning d.workspace_id, d.id, d.url, d.secret_id, d.body::text as body, d.attempt, d.tries, d.since,
              extract(epoch from clock_timestamp() - d.since)::bigint as age
            """)
        .bind("room", room)
        .bindArray("busy", String.class, busy)
        .map((row, _) ->
            new Due(
                row.getString("workspace_id"),
                row.getString("id"),
                row.getString("url"),
                row.getString("secret_id"),
                row.getString("body"),
                row.getInt("attempt"),
                row.getInt("tries"),
                row.getObject("since", OffsetDateTime.class),
                Duration.ofSeconds(row.getLong("age"))))
        .list();
  }

  /// Logs an attempt and says how it goes on; one that was re-sent meanwhile stays due.
  ///
  /// @param again null: it is over
  void sent(Tx tx, Due due, String state, Result result, @Nullable Duration again) {
    tx.handle()
        .createUpdate(
            """
            with logged as (
              insert into delivery_attempt (workspace_id, delivery_id, number, at, duration_ms, status, error)
              select :workspace, :id, :number, clock_timestamp() - :duration * interval '1 millisecond', :duration,
                     :status, :error
              on conflict do nothing)
            update delivery set last_status = :status, last_error = :error,
              state = case when since = :since then :state else state end,
              due_at = case when since = :since then coalesce(clock_timestamp() + :again * interval '1 second', due_at)
                       else due_at end
            where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", due.workspaceId())
        .bind("id", due.id())
        .bind("number", due.attempt())
        .bind("duration", (int) Math.min(result.duration().toMillis(), Integer.MAX_VALUE))
        .bind("since", due.since())
        .bind("state", state)
        .bind("status", result.status())
        .bind("error", result.error())
        .bind("again", again == null ? null : again.toSeconds())
        .execute();
  }

  /// A delivery that was deleted.
  record Forgotten(String workspaceId, String runId, @Nullable String secretId) {}

  /// Ids begin with their time, so that the primary key finds the oldest.
  List<Forgotten> forget(Tx tx, String before, int limit) {
    return tx.handle()
        .createQuery(
            """
            delete from delivery d using (
              select o.workspace_id, o.id from workspace w, lateral (
                select workspace_id, id from delivery
                where workspace_id = w.id and id < :before and state <> 'due' order by id limit :limit) o
              limit :limit) old
            where d.workspace_id = old.workspace_id and d.id = old.id
            returning d.workspace_id, d.run_id, d.secret_id
            """)
        .bind("before", before)
        .bind("limit", limit)
        .map((row, _) ->
            new Forgotten(
                row.getString("workspace_id"), row.getString("run_id"), row.getString("secret_id")))
        .list();
  }

  /// Whether something could still be signed with a secret: a delivery that can be re-sent.
  boolean signsWith(Tx tx, String workspaceId, String secretId) {
    return tx.handle()
        .createQuery(
            """
            select exists (select from delivery where workspace_id = :workspace and secret_id = :secret)
            """)
        .bind("workspace", workspaceId)
        .bind("secret", secretId)
        .mapTo(Boolean.class)
        .one();
  }

  /// Whether a run could end once more: a failed or cancelled one can be retried.
  boolean mayEndAgain(Tx tx, String workspaceId, String runId) {
    return tx.handle()
        .createQuery(
            """
            select exists (select from run where workspace_id = :workspace and id = :run and state <> 'completed')
            """)
        .bind("workspace", workspaceId)
        .bind("run", runId)
        .mapTo(Boolean.class)
        .one();
  }
}
