package dev.toolwright.definition;

import dev.toolwright.database.Tx;
import java.time.OffsetDateTime;
import java.util.List;

final class RevisionStore {
  /// Newest first.
  List<Revision> list(Tx tx, Definition definition) {
    return tx.handle()
        .createQuery(
            """
            select r.number, r.created_at, r.author_id, coalesce(a.username, r.author_id) as author_name
            from revision r
            left join account a on a.workspace_id = r.workspace_id and a.id = r.author_id
            where r.workspace_id = :workspace and r.id = :id order by r.number desc
            """)
        .bind("workspace", definition.workspaceId())
        .bind("id", definition.id())
        .map((row, _) ->
            new Revision(
                row.getInt("number"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getString("author_id"),
                row.getString("author_name")))
        .list();
  }
}
