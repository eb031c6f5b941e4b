package dev.toolwright.idempotency;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

final class IdempotencyStore {
  /// A stored key.
  ///
  /// @param orphaned it is open and its node is gone
  /// @param settledIn it is older than the moment between storing a claim and remembering it
  record Row(
      byte[] requestHash,
      String state,
      @Nullable String nodeId,
      OffsetDateTime since,
      int status,
      @Nullable JsonNode answer,
      boolean orphaned,
      boolean settledIn) {}

  private static final String THIS_KEY =
      """
      workspace_id = :workspace and user_id = :user and method = :method and path = :path
        and key = :key
      """;

  /// Opens the key if it is new or its day is over.
  Optional<OffsetDateTime> open(Tx tx, Key key, byte[] hash, String nodeId) {
    return bind(
            tx.handle()
                .createQuery(
                    """
                    insert into idempotency
                      (workspace_id, user_id, method, path, key, request_hash, node_id, state)
                    values (:workspace, :user, :method, :path, :key, :hash, :node, 'open')
                    on conflict (workspace_id, user_id, method, path, key) do update
                      set request_hash = excluded.request_hash, node_id = excluded.node_id,
                        state = 'open', status = null, answer = null,
                        created_at = excluded.created_at, expires_at = excluded.expires_at
                      where idempotency.expires_at <= now()
                    returning created_at
                    """),
            key)
        .bind("hash", hash)
        .bind("node", nodeId)
        .mapTo(OffsetDateTime.class)
        .findOne();
  }

  Optional<Row> find(Tx tx, Key key) {
    return bind(
            tx.handle()
                .createQuery(
                    """
                    select i.request_hash, i.state, i.node_id, i.created_at, i.status,
                      i.answer::text as answer,
                      i.state = 'open' and case when n.id is null
                        then i.created_at < clock_timestamp() - interval '5 s'
                        else n.beat < clock_timestamp() - interval '5 s' end as orphaned,
                      i.created_at < clock_timestamp() - interval '5 s' as settled_in
                    from idempotency i left join node n on n.id = i.node_id
                    where i.workspace_id = :workspace and i.user_id = :user
                      and i.method = :method and i.path = :path and i.key = :key
                    """),
            key)
        .map((row, _) -> row(row))
        .findOne();
  }

  /// Takes an open key over from the claim taken at `since`, unless someone else has.
  Optional<OffsetDateTime> takeOver(Tx tx, Key key, OffsetDateTime since, String nodeId) {
    return bind(
            tx.handle()
                .createQuery(
                    "update idempotency set node_id = :node, created_at = clock_timestamp()"
                        + " where state = 'open' and created_at = :since and "
                        + THIS_KEY
                        + " returning created_at"),
            key)
        .bind("node", nodeId)
        .bind("since", since)
        .mapTo(OffsetDateTime.class)
        .findOne();
  }

  /// Gives up on an open claim; false when it has ended meanwhile.
  boolean unknown(Tx tx, Key key, OffsetDateTime since) {
    return bind(
                tx.handle()
                    .createUpdate(
                        "update idempotency set state = 'unknown'"
                            + " where state = 'open' and created_at = :since and "
                            + THIS_KEY),
                key)
            .bind("since", since)
            .execute()
        == 1;
  }

  boolean done(Tx tx, Claim.Fresh claim, int status, @Nullable JsonNode answer) {
    return bind(
                tx.handle()
                    .createUpdate(
                        "update idempotency set state = 'done', status = :status,"
                            + " answer = cast(:answer as json)"
                            + " where state = 'open' and created_at = :since and "
                            + THIS_KEY),
                claim.key())
            .bind("status", status)
            .bind("answer", answer == null ? null : Json.write(answer))
            .bind("since", claim.since())
            .execute()
        == 1;
  }

  void release(Tx tx, Claim.Fresh claim) {
    bind(
            tx.handle()
                .createUpdate(
                    "delete from idempotency where state = 'open' and created_at = :since and "
                        + THIS_KEY),
            claim.key())
        .bind("since", claim.since())
        .execute();
  }

  /// Deletes keys whose day is over, at most `limit`. Returns how many.
  int forget(Tx tx, int limit) {
    return tx.handle()
        .createUpdate(
            """
            delete from idempotency where ctid in (
              select ctid from idempotency where expires_at <= now() limit :limit)
            """)
        .bind("limit", limit)
        .execute();
  }

  private static <T extends SqlStatement<T>> T bind(T statement, Key key) {
    return statement
        .bind("workspace", key.workspaceId())
        .bind("user", key.userId())
        .bind("method", key.method())
        .bind("path", key.path())
        .bind("key", key.value());
  }

  private static Row row(ResultSet row) throws SQLException {
    var answer = row.getString("answer");
    return new Row(
        row.getBytes("request_hash"),
        row.getString("state"),
        row.getString("node_id"),
        row.getObject("created_at", OffsetDateTime.class),
        row.getInt("status"),
        answer == null ? null : Json.stored(answer),
        row.getBoolean("orphaned"),
        row.getBoolean("settled_in"));
  }
}
