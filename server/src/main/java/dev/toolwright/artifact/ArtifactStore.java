package dev.toolwright.artifact;

import dev.toolwright.account.Caller;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Artifacts and their content. One that has expired is not there, whether it is deleted yet or
/// not.
final class ArtifactStore {
  private static final String COLUMNS =
      "workspace_id, id, user_id, call_id, run_id, tool, content_type, octet_length(content) as size, created_at, expires_at";
  private static final String LIVING =
      " from artifact where workspace_id = :workspace and (expires_at is null or expires_at > clock_timestamp()) ";

  /// @param days for which it is kept; 0: for ever
  Artifact insert(Tx tx, Caller caller, Artifacts.Origin origin, Content content, int days) {
    return tx.handle()
        .createQuery(
            """
            insert into artifact (workspace_id, id, user_id, call_id, run_id, tool, content_type, content, expires_at)
            values (:workspace, :id, :user, :call, :run, :tool, :type, :content,
                    case when :days > 0 then now() + make_interval(days => :days) end)
            returning %s
            """
                .formatted(COLUMNS))
        .bind("workspace", caller.workspaceId())
        .bind("id", Ids.next("art"))
        .bind("user", caller.userId())
        .bind("call", origin.callId())
        .bind("run", origin.runId())
        .bind("tool", origin.tool())
        .bind("type", content.type())
        .bind("content", content.bytes())
        .bind("days", days)
        .map((row, _) -> artifact(row))
        .one();
  }

  /// @param userId whose it must be; null: anybody's of the workspace
  Optional<Artifact> find(Tx tx, String workspaceId, String id, @Nullable String userId) {
    return tx.handle()
        .createQuery(
            "select " + COLUMNS + LIVING + "and id = :id and user_id = coalesce(:user, user_id)")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .map((row, _) -> artifact(row))
        .findOne();
  }

  /// What a link leads to, while the link holds and its workspace is open.
  Optional<Artifact> linked(Tx tx, String workspaceId, String id, Instant until) {
    return tx.handle()
        .createQuery(
            """
            select %s %s and id = :id and clock_timestamp() < :until
            and exists (select from workspace w where w.id = :workspace and w.closed_at is null)
            """
                .formatted(COLUMNS, LIVING))
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("until", OffsetDateTime.ofInstant(until, ZoneOffset.UTC))
        .map((row, _) -> artifact(row))
        .findOne();
  }

  /// Whole seconds from now; not beyond the artifact's own end.
  Instant until(Tx tx, Artifact artifact, long seconds) {
    return tx.handle()
        .createQuery(
            """
            select date_trunc('second', least(now() + make_interval(secs => :seconds), expires_at))
            from artifact where workspace_id = :workspace and id = :id
            """)
        .bind("seconds", (double) seconds)
        .bind("workspace", artifact.workspaceId())
        .bind("id", artifact.id())
        .mapTo(OffsetDateTime.class)
        .one()
        .toInstant();
  }

  /// At most `length` bytes from `offset` on; nothing when it is gone.
  Optional<byte[]> content(Tx tx, Artifact artifact, long offset, int length) {
    return tx.handle()
        .createQuery(
            """
            select substring(content from :from for :length) from artifact
            where workspace_id = :workspace and id = :id
            """)
        .bind("from", Math.toIntExact(offset + 1))
        .bind("length", length)
        .bind("workspace", artifact.workspaceId())
        .bind("id", artifact.id())
        .mapTo(byte[].class)
        .findOne();
  }

  /// The user's own, newest first.
  List<Artifact> list(Tx tx, String workspaceId, String userId, long offset, int limit) {
    return tx.handle()
        .createQuery(
            "select "
                + COLUMNS
                + LIVING
                + "and user_id = :user order by id desc offset :offset limit :limit")
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("offset", offset)
        .bind("limit", limit)
        .map((row, _) -> artifact(row))
        .list();
  }

  int count(Tx tx, String workspaceId, String userId) {
    return tx.handle()
        .createQuery("select count(*)" + LIVING + "and user_id = :user")
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .mapTo(Integer.class)
        .one();
  }

  void delete(Tx tx, Artifact artifact) {
    tx.handle()
        .createUpdate("delete from artifact where workspace_id = :workspace and id = :id")
        .bind("workspace", artifact.workspaceId())
        .bind("id", artifact.id())
        .execute();
  }

  /// The id of the secret that signs a workspace's links.
  Optional<String> linkKey(Tx tx, String workspaceId) {
    return tx.handle()
        .createQuery("select secret_id from artifact_link_key where workspace_id = :workspace")
        .bind("workspace", workspaceId)
        .mapTo(String.class)
        .findOne();
  }

  /// @return false when the workspace has one
  boolean addLinkKey(Tx tx, String workspaceId, String secretId) {
    return tx.handle()
            .createUpdate(
                """
                insert into artifact_link_key (workspace_id, secret_id) values (:workspace, :secret)
                on conflict do nothing
                """)
            .bind("workspace", workspaceId)
            .bind("secret", secretId)
            .execute()
        == 1;
  }

  int forgetExpired(Tx tx, int limit) {
    return tx.handle()
        .createUpdate(
            """
            delete from artifact a using (
              select workspace_id, id from artifact where expires_at < clock_timestamp()
              order by expires_at limit :limit) old
            where a.workspace_id = old.workspace_id and a.id = old.id
            """)
        .bind("limit", limit)
        .execute();
  }

  private static Artifact artifact(ResultSet row) throws SQLException {
    var expires = row.getObject("expires_at", OffsetDateTime.class);
    return new Artifact(
        row.getString("workspace_id"),
        row.getString("id"),
        row.getString("user_id"),
        row.getString("call_id"),
        row.getString("run_id"),
        row.getString("tool"),
        row.getString("content_type"),
        row.getLong("size"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        expires == null ? null : expires.toInstant());
  }
}
