package dev.toolwright.account;

import dev.toolwright.database.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

final class WorkspaceStore {
  private static final String SELECT =
      "select w.id, w.name, m.max_running, w.created_at, w.closed_at from workspace w"
          + " join workspace_meter m on m.workspace_id = w.id ";

  Optional<Workspace> find(Tx tx, String id) {
    return tx.handle()
        .createQuery(SELECT + "where w.id = :id")
        .bind("id", id)
        .map((row, _) -> workspace(row))
        .findOne();
  }

  List<Workspace> list(Tx tx, long offset, int limit) {
    return tx.handle()
        .createQuery(SELECT + "order by w.created_at, w.id offset :offset limit :limit")
        .bind("offset", offset)
        .bind("limit", limit)
        .map((row, _) -> workspace(row))
        .list();
  }

  int count(Tx tx) {
    return tx.handle().createQuery("select count(*) from workspace").mapTo(Integer.class).one();
  }

  void limitRunning(Tx tx, String id, int most) {
    tx.handle()
        .createUpdate("update workspace_meter set max_running = :most where workspace_id = :id")
        .bind("id", id)
        .bind("most", most)
        .execute();
  }

  /// @return false when it was closed before
  boolean close(Tx tx, String id) {
    return tx.handle()
            .createUpdate(
                "update workspace set closed_at = now() where id = :id and closed_at is null")
            .bind("id", id)
            .execute()
        == 1;
  }

  private static Workspace workspace(ResultSet row) throws SQLException {
    var closed = row.getObject("closed_at", OffsetDateTime.class);
    return new Workspace(
        row.getString("id"),
        row.getString("name"),
        row.getInt("max_running"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        closed == null ? null : closed.toInstant());
  }
}
