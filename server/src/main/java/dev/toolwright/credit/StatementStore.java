package dev.toolwright.credit;

import dev.toolwright.database.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;

/// The ledger as it is read.
final class StatementStore {
  /// The user's entries, newest first. Balances are reckoned back from the meter's, so a page costs
  /// what lies after it, not the whole past; entries before `from` are never read.
  List<Movement> page(
      Tx tx, String workspaceId, String userId, Instant from, Instant to, long offset, int limit) {
    return tx.handle()
        .createQuery(
            """
            with e as (
              select id, at, kind, debit, credit, amount, cause, action,
                case when credit = 'spent' then amount else 0 end as spent,
                case when credit = 'reserved' then amount when debit = 'reserved' then -amount else 0 end as reserved
              from credit_entry where workspace_id = :workspace and user_id = :user and at >= :from),
            reckoned as (
              select e.id, e.at, e.kind, e.debit, e.credit, e.amount, e.cause, e.action,
                m.spent - coalesce(sum(e.spent) over newer, 0) as spent,
                m.reserved - coalesce(sum(e.reserved) over newer, 0) as reserved
              from e join user_meter m on m.workspace_id = :workspace and m.user_id = :user
              window newer as (order by e.at desc, e.id desc rows between unbounded preceding and 1 preceding))
            select * from reckoned where at < :to order by at desc, id desc offset :offset limit :limit
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("from", Timestamp.from(from))
        .bind("to", Timestamp.from(to))
        .bind("offset", offset)
        .bind("limit", limit)
        .map((row, _) -> movement(row))
        .list();
  }

  int count(Tx tx, String workspaceId, String userId, Instant from, Instant to) {
    return tx.handle()
        .createQuery(
            """
            select count(*) from credit_entry
            where workspace_id = :workspace and user_id = :user and at >= :from and at < :to
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("from", Timestamp.from(from))
        .bind("to", Timestamp.from(to))
        .mapTo(Integer.class)
        .one();
  }

  private static Movement movement(ResultSet row) throws SQLException {
    return new Movement(
        row.getString("id"),
        row.getObject("at", OffsetDateTime.class).toInstant(),
        row.getString("kind"),
        row.getString("debit"),
        row.getString("credit"),
        row.getBigDecimal("amount"),
        row.getString("cause"),
        row.getString("action"),
        row.getBigDecimal("spent"),
        row.getBigDecimal("reserved"));
  }
}
