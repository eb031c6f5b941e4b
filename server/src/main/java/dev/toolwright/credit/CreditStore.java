package dev.toolwright.credit;

import dev.toolwright.database.Columns;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

final class CreditStore {
  /// Moves credits from what is available to `reserved` or `spent` and enters it, in one statement.
  /// Users are always locked before their workspace, and each in order, so that two movements
  /// cannot deadlock.
  ///
  /// @return how many were entered; when a limit does not allow all of them, the caller's
  ///   transaction is to be rolled back
  int take(Tx tx, List<Entry> entries) {
    var columns = new Columns();
    for (var entry : entries) {
      columns.add("workspaces", entry.workspaceId()).add("ids", entry.id());
      columns.add("users", entry.userId()).add("amounts", entry.amount().toPlainString());
      columns.add("causes", entry.cause()).add("kinds", entry.kind());
      columns.add("actions", entry.action());
    }
    return columns
        .bind(
            tx.handle()
                .createUpdate(
                    """
                    with e as (
                      select workspace, id, usr, amount::numeric, cause, kind, action,
                        case kind when 'reserve' then amount::numeric else 0 end as reserved,
                        case kind when 'reserve' then 0 else amount::numeric end as spent
                      from unnest(:workspaces, :ids, :users, :amounts, :causes, :kinds, :actions)
                        u (workspace, id, usr, amount, cause, kind, action)),
                    mine as (
                      insert into user_meter as m (workspace_id, user_id, reserved, spent)
                      select workspace, usr, sum(reserved), sum(spent) from e group by workspace, usr
                      order by workspace, usr
                      on conflict (workspace_id, user_id) do update set
                        reserved = m.reserved + excluded.reserved, spent = m.spent + excluded.spent
                        where m.credit_limit is null
                          or m.spent + m.reserved + excluded.spent + excluded.reserved <= m.credit_limit
                      returning workspace_id, user_id),
                    ours as (
                      update workspace_meter w set reserved = w.reserved + a.reserved, spent = w.spent + a.spent
                      from (select workspace, sum(reserved) as reserved, sum(spent) as spent from e
                            join mine on mine.workspace_id = e.workspace and mine.user_id = e.usr
                            group by workspace order by workspace) a
                      where w.workspace_id = a.workspace and (
                        w.credit_limit is null or w.spent + w.reserved + a.spent + a.reserved <= w.credit_limit)
                      returning w.workspace_id)
                    insert into credit_entry (workspace_id, id, user_id, debit, credit, amount, cause, kind, action)
                    select workspace, id, usr, 'available', case kind when 'reserve' then 'reserved' else 'spent' end,
                      amount, cause, kind, action
                    from e join ours on ours.workspace_id = e.workspace
                    join mine on mine.workspace_id = e.workspace and mine.user_id = e.usr
                    """))
        .execute();
  }

  record Entry(
      String workspaceId,
      String id,
      String userId,
      BigDecimal amount,
      String cause,
      String kind,
      @Nullable String action) {}

  /// Spends or gives back what is still reserved under each cause; does nothing where nothing is.
  void close(Tx tx, List<Credits.Closing> all) {
    var columns = new Columns();
    for (var one : all) {
      columns.add("workspaces", one.workspaceId()).add("ids", Ids.next("cre"));
      columns.add("causes", one.cause()).add("spends", String.valueOf(one.spend()));
    }
    tx.last(
        """
        with due as (
          select a.workspace, a.id, a.cause, a.spend::boolean, e.user_id, e.amount, e.action,
            case when a.spend::boolean then e.amount else 0 end as spent
          from unnest(:workspaces, :ids, :causes, :spends) a (workspace, id, cause, spend)
          join credit_entry e on e.workspace_id = a.workspace and e.cause = a.cause and e.kind = 'reserve'
          where not exists (
            select from credit_entry o where o.workspace_id = a.workspace and o.cause = a.cause
              and o.kind in ('settle', 'refund'))),
        mine as (
          update user_meter m set reserved = m.reserved - d.amount, spent = m.spent + d.spent
          from (select workspace, user_id, sum(amount) as amount, sum(spent) as spent from due
                group by workspace, user_id order by workspace, user_id) d
          where m.workspace_id = d.workspace and m.user_id = d.user_id
          returning m.workspace_id, m.user_id, d.amount, d.spent),
        ours as (
          update workspace_meter w set reserved = w.reserved - d.amount, spent = w.spent + d.spent
          from (select workspace_id, sum(amount) as amount, sum(spent) as spent from mine
                group by workspace_id order by workspace_id) d
          where w.workspace_id = d.workspace_id
          returning w.workspace_id)
        insert into credit_entry (workspace_id, id, user_id, debit, credit, amount, cause, kind, action)
        select d.workspace, d.id, d.user_id, 'reserved', case when d.spend then 'spent' else 'available' end,
               d.amount, d.cause, case when d.spend then 'settle' else 'refund' end, d.action
        from due d join ours on ours.workspace_id = d.workspace
        """,
        columns);
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
