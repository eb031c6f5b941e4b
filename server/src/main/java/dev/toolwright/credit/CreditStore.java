package dev.toolwright.credit;

import dev.toolwright.database.Tx;
import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class CreditStore {
  record Reservation(String userId, BigDecimal amount) {}

  /// False when a limit does not allow it; the caller's transaction is to be rolled back then.
  boolean reserve(Tx tx, String workspaceId, String userId, BigDecimal amount) {
    return move(
        tx,
        """
        with mine as (
          insert into user_meter as m (workspace_id, user_id, reserved) values (:workspace, :user, :amount)
          on conflict (workspace_id, user_id) do update set reserved = m.reserved + excluded.reserved
            where m.credit_limit is null or m.spent + m.reserved + excluded.reserved <= m.credit_limit
          returning 1)
        update workspace_meter set reserved = reserved + :amount
        where workspace_id = :workspace and exists (select from mine)
          and (credit_limit is null or spent + reserved + :amount <= credit_limit)
        """,
        workspaceId,
        userId,
        amount);
  }

  boolean spend(Tx tx, String workspaceId, String userId, BigDecimal amount) {
    return move(
        tx,
        """
        with mine as (
          insert into user_meter as m (workspace_id, user_id, spent) values (:workspace, :user, :amount)
          on conflict (workspace_id, user_id) do update set spent = m.spent + excluded.spent
            where m.credit_limit is null or m.spent + m.reserved + excluded.spent <= m.credit_limit
          returning 1)
        update workspace_meter set spent = spent + :amount
        where workspace_id = :workspace and exists (select from mine)
          and (credit_limit is null or spent + reserved + :amount <= credit_limit)
        """,
        workspaceId,
        userId,
        amount);
  }

  private boolean move(Tx tx, String sql, String workspaceId, String userId, BigDecimal amount) {
    return tx.handle()
            .createUpdate(sql)
            .bind("workspace", workspaceId)
            .bind("user", userId)
            .bind("amount", amount)
            .execute()
        == 1;
  }

  void release(Tx tx, String workspaceId, String userId, BigDecimal amount, boolean spent) {
    tx.handle()
        .createUpdate(
            """
            with mine as (
              update user_meter set reserved = reserved - :amount, spent = spent + case when :spent then :amount else 0 end
              where workspace_id = :workspace and user_id = :user)
            update workspace_meter set reserved = reserved - :amount,
              spent = spent + case when :spent then :amount else 0 end
            where workspace_id = :workspace
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .bind("amount", amount)
        .bind("spent", spent)
        .execute();
  }

  Optional<Reservation> openReservation(Tx tx, String workspaceId, String cause) {
    return tx.handle()
        .createQuery(
            """
            select user_id, amount from credit_entry e
            where workspace_id = :workspace and cause = :cause and kind = 'reserve'
              and not exists (select from credit_entry o where o.workspace_id = e.workspace_id and o.cause = e.cause
                              and o.kind in ('settle', 'refund'))
            """)
        .bind("workspace", workspaceId)
        .bind("cause", cause)
        .map((row, _) -> new Reservation(row.getString("user_id"), row.getBigDecimal("amount")))
        .findOne();
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

  void enter(
      Tx tx,
      String id,
      String workspaceId,
      String userId,
      String debit,
      String credit,
      BigDecimal amount,
      String cause,
      String kind) {
    tx.handle()
        .createUpdate(
            """
            insert into credit_entry (workspace_id, id, user_id, debit, credit, amount, cause, kind)
            values (:workspace, :id, :user, :debit, :credit, :amount, :cause, :kind)
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("user", userId)
        .bind("debit", debit)
        .bind("credit", credit)
        .bind("amount", amount)
        .bind("cause", cause)
        .bind("kind", kind)
        .execute();
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

  Credits.Balance balance(Tx tx, String workspaceId, String userId) {
    return tx.handle()
        .createQuery(
            """
            select credit_limit, spent, reserved from user_meter
            where workspace_id = :workspace and user_id = :user
            """)
        .bind("workspace", workspaceId)
        .bind("user", userId)
        .map((row, _) ->
            new Credits.Balance(
                row.getBigDecimal("credit_limit"),
                row.getBigDecimal("spent"),
                row.getBigDecimal("reserved")))
        .findOne()
        .orElse(new Credits.Balance(null, BigDecimal.ZERO, BigDecimal.ZERO));
  }
}
