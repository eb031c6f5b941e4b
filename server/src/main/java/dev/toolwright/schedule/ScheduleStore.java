package dev.toolwright.schedule;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

final class ScheduleStore {
  private static final String SELECT =
      """
      select s.workspace_id, s.id, s.user_id, s.name, s.target, s.target_id, s.input, s.cron, s.zone, s.missed,
        s.priority, s.enabled, s.next_at, s.last_at, s.last_run_id, s.last_error, s.created_at, clock_timestamp() as now
      from schedule s
      """;

  /// A schedule whose time has come.
  ///
  /// @param now of the database
  record Due(Schedule schedule, Instant now) {}

  List<Due> due(Tx tx, int limit) {
    return tx.handle()
        .createQuery(
            SELECT
                + " where s.enabled and s.next_at <= clock_timestamp() order by s.next_at limit :limit")
        .bind("limit", limit)
        .map((row, _) -> new Due(schedule(row), time(row, "now").orElseThrow()))
        .list();
  }

  /// Goes on from one time to the next. False when another node has done so.
  boolean advance(
      Tx tx,
      Schedule from,
      @Nullable Instant next,
      @Nullable String runId,
      @Nullable String error) {
    return tx.handle()
            .createUpdate(
                """
                update schedule set next_at = :next, last_at = clock_timestamp(),
                  last_run_id = coalesce(:run, last_run_id), last_error = :error
                where workspace_id = :workspace and id = :id and enabled and next_at = :slot
                """)
            .bind("workspace", from.workspaceId())
            .bind("id", from.id())
            .bind("slot", at(from.nextAt()))
            .bind("next", at(next))
            .bind("run", runId)
            .bind("error", error)
            .execute()
        == 1;
  }

  void insert(Tx tx, Schedule one) {
    bound(
            tx.handle()
                .createUpdate(
                    """
                    insert into schedule (workspace_id, id, user_id, name, target, target_id, input, cron, zone, missed,
                                          priority, enabled, next_at)
                    values (:workspace, :id, :user, :name, :target, :targetId, :input::json, :cron, :zone, :missed,
                            :priority, :enabled, :next)
                    """),
            one)
        .execute();
  }

  void update(Tx tx, Schedule one) {
    bound(
            tx.handle()
                .createUpdate(
                    """
                    update schedule set name = :name, target = :target, target_id = :targetId, input = :input::json,
                      cron = :cron, zone = :zone, missed = :missed, priority = :priority, enabled = :enabled, next_at = :next,
                      user_id = :user
                    where workspace_id = :workspace and id = :id
                    """),
            one)
        .execute();
  }

  private static Update bound(Update statement, Schedule one) {
    return statement
        .bind("workspace", one.workspaceId())
        .bind("id", one.id())
        .bind("user", one.userId())
        .bind("name", one.name())
        .bind("target", one.target().kind())
        .bind("targetId", one.target().id())
        .bind("input", Json.write(one.input()))
        .bind("cron", one.cron())
        .bind("zone", one.zone())
        .bind("missed", one.missed().key())
        .bind("priority", one.priority().word())
        .bind("enabled", one.enabled())
        .bind("next", at(one.nextAt()));
  }

  boolean delete(Tx tx, String workspaceId, String id) {
    return tx.handle()
            .createUpdate("delete from schedule where workspace_id = :workspace and id = :id")
            .bind("workspace", workspaceId)
            .bind("id", id)
            .execute()
        == 1;
  }

  Optional<Schedule> find(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(SELECT + " where s.workspace_id = :workspace and s.id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> schedule(row))
        .findOne();
  }

  /// The newest first.
  ///
  /// @param userId null: everybody's
  List<Schedule> list(Tx tx, String workspaceId, @Nullable String userId) {
    return tx.handle()
        .createQuery(
            SELECT
                + """
                where s.workspace_id = :workspace and (:user::text is null or s.user_id = :user)
                order by s.id desc
                """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .map((row, _) -> schedule(row))
        .list();
  }

  Instant now(Tx tx) {
    return tx.handle()
        .createQuery("select clock_timestamp()")
        .map((row, _) -> row.getObject(1, OffsetDateTime.class).toInstant())
        .one();
  }

  private static @Nullable OffsetDateTime at(@Nullable Instant instant) {
    return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
  }

  private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  private static Schedule schedule(ResultSet row) throws SQLException {
    return new Schedule(
        row.getString("workspace_id"),
        row.getString("id"),
        row.getString("user_id"),
        row.getString("name"),
        new Target(row.getString("target"), row.getString("target_id")),
        Json.stored(row.getString("input")),
        row.getString("cron"),
        row.getString("zone"),
        Schedule.Missed.of(row.getString("missed")),
        Priority.of(row.getString("priority")),
        row.getBoolean("enabled"),
        time(row, "next_at").orElse(null),
        time(row, "last_at").orElse(null),
        row.getString("last_run_id"),
        row.getString("last_error"),
        time(row, "created_at").orElseThrow());
  }
}
