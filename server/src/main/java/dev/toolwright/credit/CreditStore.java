package dev.toolwright.credit;

import dev.toolwright.database.Tx;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

final class CreditStore {
  /// Moves credits from what is available to `reserved` or `spent` and enters it, in one statement.
  /// The user's row is always locked before the workspace's, so that two movements cannot deadlock.
  ///
  /// @return false when a limit does not allow it; the caller's transaction is to be rolled back
  ///   then
  boolean take(Tx tx, Entry entry) {
    var reserve = entry.kind().equals("reserve");
    return tx.handle()
            .createUpdate(
                """
                with mine as (
                  insert into user_meter as m (workspace_id, user_id, reserved, spent)
                  values (:workspace, :user, :reserved, :spent)
                  on conflict (workspace_id, user_id) do update set
                    reserved = m.reserved + excluded.reserved, spent = m.spent + excluded.spent
                    where m.credit_limit is null or m.spent + m.reserved + :amount <= m.credit_limit
                  returning user_id),
                ours as (
                  update workspace_meter w set reserved = w.reserved + :reserved, spent = w.spent + :spent
                  from mine where w.workspace_id = :workspace
                    and (w.credit_limit is null or w.spent + w.reserved + :amount <= w.credit_limit)
                  returning w.workspace_id)
                insert into credit_entry (workspace_id, id, user_id, debit, credit, amount, cause, kind, action)
                select workspace_id, :id, :user, 'available', :to, :amount, :cause, :kind, :action from ours
                """)
            .bind("workspace", entry.workspaceId())
            .bind("id", entry.id())
            .bind("user", entry.userId())
            .bind("amount", entry.amount())
            .bind("reserved", reserve ? entry.amount() : BigDecimal.ZERO)
            .bind("spent", reserve ? BigDecimal.ZERO : entry.amount())
            .bind("to", reserve ? "reserved" : "spent")
            .bind("cause", entry.cause())
            .bind("kind", entry.kind())
            .bind("action", entry.action())
            .execute()
        == 1;
  }

  record Entry(
      String workspaceId,
      String id,
      String userId,
      BigDecimal amount,
      String cause,
      String kind,
      @Nullable String action) {}

  /// Spends or gives back what is still reserved under a cause; does nothing when nothing is.
  void close(Tx tx, String workspaceId, String id, String cause, boolean spend) {
    tx.handle()
        .createUpdate(
            """
            with due as (
              select user_id, amount, action from credit_entry e
              where workspace_id = :workspace and cause = :cause and kind = 'reserve'
                and not exists (select from credit_entry o where o.workspace_id = e.workspace_id and o.cause = e.cause
                                and o.kind in ('settle', 'refund'))),
            mine as (
              update user_meter m set reserved = m.reserved - due.amount,
                spent = m.spent + case when :spend then due.amount else 0 end
              from due where m.workspace_id = :workspace and m.user_id = due.user_id
              returning m.user_id, due.amount, due.action),
            ours as (
              update workspace_meter w set reserved = w.reserved - mine.amount,
                spent = w.spent + case when :spend then mine.amount else 0 end
              from mine where w.workspace_id = :workspace returning mine.user_id, mine.amount, mine.action)
            insert into credit_entry (workspace_id, id, user_id, debit, credit, amount, cause, kind, action)
            select :workspace, :id, user_id, 'reserved', case when :spend then 'spent' else 'available' end, amount,
                   :cause, case when :spend then 'settle' else 'refund' end, action
            from ours
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("cause", cause)
        .bind("spend", spend)
        .execute();
  }

  boolean hasEntry(Tx tx, String workspaceId, String cause, String kind) {
    return tx.handle()
        .createQuery(
            """
            select exists (select from credit_entry where workspace_id = :workspace and cause = :cause and kind = :kind)
            """)
        .bind("workspace", workspaceId)
        .bind("cause", cause)
        .bind("kind", kind)
        .mapTo(Boolean.class)
        .one();
  }

  void limit(Tx tx, String workspaceId, String userId, @Nullable BigDecimal limit) {
    tx.handle()
        .createUpdate(
            """
            insert into user_meter (workspace_id, user_id, credit_limit) values (:workspace, :user, :limit)
            on conflict (workspace_id, user_id) do update set credit_limit = excluded.credit_limit
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("limit", limit)
        .execute();
  }

  void limitWorkspace(Tx tx, String workspaceId, @Nullable BigDecimal limit) {
    tx.handle()
        .createUpdate(
            "update workspace_meter set credit_limit = :limit where workspace_id = :workspace")
        .bind("workspace", workspaceId)
        .bind("limit", limit)
        .execute();
  }

  Credits.Balance balance(Tx tx, String workspaceId, String userId) {
    return tx.handle()
        .createQuery(
            """
            select credit_limit, spent, reserved from user_meter
            where workspace_id = :workspace and user_id = :user
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .map((row, _) -> balance(row))
        .findOne()
        .orElse(Credits.Balance.NONE);
  }

  Credits.Balance balanceOfWorkspace(Tx tx, String workspaceId) {
    return tx.handle()
        .createQuery(
            "select credit_limit, spent, reserved from workspace_meter where workspace_id = :workspace")
        .bind("workspace", workspaceId)
        .map((row, _) -> balance(row))
        .findOne()
        .orElse(Credits.Balance.NONE);
  }

  private static Credits.Balance balance(ResultSet row) throws SQLException {
    return new Credits.Balance(
        row.getBigDecimal("credit_limit"),
        row.getBigDecimal("spent"),
        row.getBigDecimal("reserved"));
  }
}
