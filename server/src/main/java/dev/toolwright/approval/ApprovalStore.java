package dev.toolwright.approval;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class ApprovalStore {
  private static final String SELECT =
      """
      select w.workspace_id, w.run_id, w.key, w.question, w.answer, w.token_hash, w.opened_at, w.due_at, r.user_id,
        w.answer is null and (w.answered_at is not null or w.due_at <= clock_timestamp() or r.ended_at is not null)
          as is_over
      from run_wait w join run r on r.workspace_id = w.workspace_id and r.id = w.run_id
      """;

  /// Those that wait, the oldest first.
  List<Approval> open(Tx tx, String workspaceId, int limit) {
    return tx.handle()
        .createQuery(
            SELECT
                + """
                where w.workspace_id = :workspace and w.reason = 'approval' and w.answered_at is null
                  and r.ended_at is null and (w.due_at is null or w.due_at > clock_timestamp())
                order by w.opened_at limit :limit
                """)
        .bind("workspace", workspaceId)
        .bind("limit", limit)
        .map((row, _) -> approval(row))
        .list();
  }

  /// @param from the first bytes of its token's hash, filled up with zeros
  /// @param to the same filled up with ones
  Optional<Approval> find(Tx tx, String workspaceId, byte[] from, byte[] to) {
    return tx.handle()
        .createQuery(
            SELECT
                + """
                where w.workspace_id = :workspace and w.reason = 'approval' and w.token_hash between :from and :to
                """)
        .bind("workspace", workspaceId)
        .bind("from", from)
        .bind("to", to)
        .map((row, _) -> approval(row))
        .findOne();
  }

  private static Approval approval(ResultSet row) throws SQLException {
    var answer = row.getString("answer");
    return new Approval(
        row.getString("workspace_id"),
        Approvals.id(row.getBytes("token_hash")),
        row.getString("run_id"),
        row.getString("key"),
        row.getString("user_id"),
        Json.stored(row.getString("question")),
        answer == null ? null : Json.stored(answer),
        row.getBoolean("is_over"),
        row.getObject("opened_at", OffsetDateTime.class).toInstant(),
        instant(row, "due_at"));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    var at = row.getObject(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }

  static byte[] filled(String hex, int with) {
    var bytes = HexFormat.of().parseHex(hex);
    var filled = new byte[32];
    Arrays.fill(filled, (byte) with);
    System.arraycopy(bytes, 0, filled, 0, bytes.length);
    return filled;
  }
}
