package dev.toolwright.delivery;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The SQL of looking at deliveries.
final class DeliveryLogStore {
  private static final String COLUMNS =
      "id, run_id, state, url, secret_id, attempt, last_status, last_error, created_at, due_at";

  private static final String VISIBLE =
      " where workspace_id = :workspace and (:owner::text is null or user_id = :owner)";

  List<Delivery> list(
      Tx tx,
      String workspaceId,
      @Nullable String owner,
      Delivery.@Nullable State state,
      long offset,
      int limit) {
    return tx.handle()
        .createQuery(
            "select "
                + COLUMNS
                + " from delivery"
                + VISIBLE
                + """
                 and (:state::text is null or state = :state)
                order by id desc limit :limit offset :offset
                """)
        .bind("workspace", workspaceId)
        .bind("owner", owner)
        .bind("state", state == null ? null : state.stored)
        .bind("limit", limit)
        .bind("offset", offset)
        .map((row, _) -> delivery(row))
        .list();
  }

  int count(Tx tx, String workspaceId, @Nullable String owner, Delivery.@Nullable State state) {
    return tx.handle()
        .createQuery(
            "select count(*) from delivery"
                + VISIBLE
                + " and (:state::text is null or state = :state)")
        .bind("workspace", workspaceId)
        .bind("owner", owner)
        .bind("state", state == null ? null : state.stored)
        .mapTo(Integer.class)
        .one();
  }

  Optional<Delivery.Detail> find(Tx tx, String workspaceId, @Nullable String owner, String id) {
    return tx.handle()
        .createQuery(
            "select " + COLUMNS + ", body::text as body from delivery" + VISIBLE + " and id = :id")
        .bind("workspace", workspaceId)
        .bind("owner", owner)
        .bind("id", id)
        .map((row, _) ->
            new Delivery.Detail(
                delivery(row), Json.stored(row.getString("body")), attempts(tx, workspaceId, id)))
        .findOne();
  }

  private static List<Delivery.Attempt> attempts(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            """
            select number, at, duration_ms, status, error from delivery_attempt
            where workspace_id = :workspace and delivery_id = :id order by number
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) ->
            new Delivery.Attempt(
                row.getInt("number"),
                instant(row, "at"),
                row.getLong("duration_ms"),
                row.getObject("status", Integer.class),
                row.getString("error")))
        .list();
  }

  /// Makes a delivery due, whatever state it is in. False when the owner has no such delivery.
  boolean sendAgain(Tx tx, String workspaceId, @Nullable String owner, String id) {
    return tx.handle()
            .createUpdate(
                "update delivery set state = 'due', due_at = clock_timestamp(), since = clock_timestamp(), tries = 0"
                    + VISIBLE
                    + " and id = :id")
            .bind("workspace", workspaceId)
            .bind("owner", owner)
            .bind("id", id)
            .execute()
        == 1;
  }

  private static Delivery delivery(ResultSet row) throws SQLException {
    var state = Delivery.State.of(row.getString("state"));
    return new Delivery(
        row.getString("id"),
        row.getString("run_id"),
        state,
        origin(row.getString("url")),
        row.getString("secret_id") != null,
        row.getInt("attempt"),
        row.getObject("last_status", Integer.class),
        row.getString("last_error"),
        instant(row, "created_at"),
        state == Delivery.State.PENDING ? instant(row, "due_at") : null);
  }

  private static String origin(String url) {
    var uri = URI.create(url);
    return uri.getScheme() + "://" + uri.getRawAuthority();
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }
}
