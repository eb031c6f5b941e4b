package dev.toolwright.definition;

import dev.toolwright.account.Caller;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

public final class DefinitionStore {
  private static final String COLUMNS =
      """
      d.workspace_id, d.id, d.kind, d.name, d.owner_id, coalesce(a.username, d.owner_id) as owner_name,
      d.visibility, r.number as version, d.created_at, d.updated_at,
      """;

  private static final String FROM =
      """
       as body from definition d
      left join account a on a.workspace_id = d.workspace_id and a.id = d.owner_id
      """;

  private static final String SELECT = "select " + COLUMNS + " r.body" + FROM;

  private static final String CURRENT =
      " join revision r on r.workspace_id = d.workspace_id and r.id = d.id and r.number = d.version ";

  /// The same without what lists do not show: of the configuration, with its code, only the kind.
  private static final String LISTED =
      COLUMNS
          + """
          (select json_object_agg(f.key, case f.key
                    when 'config' then json_build_object('kind', f.value -> 'kind') else f.value end)
           from json_each(r.body) f)
          """
          + FROM
          + CURRENT;

  /// The caller sees the row `d`; with the parameters `workspace`, `user` and `admin`.
  public static final String SEEN =
      """
      d.deleted_at is null and (
        (d.workspace_id = :workspace and (
          d.owner_id = :user or :admin or d.visibility in ('org', 'public') or exists (
            select from definition_grant g
            where g.workspace_id = d.workspace_id and g.id = d.id and g.user_id = :user)))
        or (d.visibility = 'public' and exists (
          select from workspace w where w.id = d.workspace_id and w.closed_at is null)))
      """;

  private static final String LISTING =
      """
       where d.kind = :kind and (not :mine or (d.workspace_id = :workspace and d.owner_id = :user))
         and (:all or r.body ->> 'category' = any (:categories)) and
      """
          + SEEN;

  boolean insert(Tx tx, Caller caller, String kind, String id, String name, Visibility visibility) {
    return tx.handle()
            .createUpdate(
                """
                insert into definition (workspace_id, id, kind, name, owner_id, visibility)
                values (:workspace, :id, :kind, :name, :user, :visibility)
                on conflict (workspace_id, kind, name)
                  where kind in ('tool', 'connection', 'snippet', 'prompt', 'resource') and deleted_at is null do nothing
                """)
            .bind("workspace", caller.workspaceId())
            .bind("id", id)
            .bind("kind", kind)
            .bind("name", name)
            .bind("user", caller.userId())
            .bind("visibility", visibility.key())
            .execute()
        == 1;
  }

  void insertRevision(Tx tx, Caller caller, String id, int number, JsonNode body, byte[] hash) {
    tx.handle()
        .createUpdate(
            """
            insert into revision (workspace_id, id, number, body, hash, author_id)
            values (:workspace, :id, :number, :body::json, :hash, :user)
            """)
        .bind("workspace", caller.workspaceId())
        .bind("id", id)
        .bind("number", number)
        .bind("body", Json.write(body))
        .bind("hash", hash)
        .bind("user", caller.userId())
        .execute();
  }

  void update(Tx tx, Definition definition, String name, Visibility visibility, int version) {
    tx.handle()
        .createUpdate(
            """
            update definition set name = :name, visibility = :visibility, version = :version, updated_at = now()
            where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", definition.workspaceId())
        .bind("id", definition.id())
        .bind("name", name)
        .bind("visibility", visibility.key())
        .bind("version", version)
        .execute();
  }

  void delete(Tx tx, Definition definition) {
    tx.handle()
        .createUpdate(
            """
            with gone as (
              delete from definition_reference
              where workspace_id = :workspace and (from_id = :id or to_id = :id))
            update definition set deleted_at = now() where workspace_id = :workspace and id = :id
            """)
        .bind("workspace", definition.workspaceId())
        .bind("id", definition.id())
        .execute();
  }

  void lock(Tx tx, Definition definition) {
    tx.handle()
        .createQuery(
            "select id from definition where workspace_id = :workspace and id = :id for update")
        .bind("workspace", definition.workspaceId())
        .bind("id", definition.id())
        .mapTo(String.class)
        .one();
  }

  /// What a caller wants with a definition: an admin sees, and may change, all of the workspace,
  /// but uses what a member in their place could use.
  enum Right {
    SEE,
    USE
  }

  Optional<Definition> find(
      Tx tx, Caller caller, Right right, String kind, String id, @Nullable String name) {
    return tx.handle()
        .createQuery(
            SELECT
                + CURRENT
                + " where d.kind = :kind and (d.id = :id or (d.kind in ('tool', 'connection', 'snippet', 'prompt', 'resource') and d.name = :name)) and "
                + SEEN
                + " order by d.workspace_id = :workspace desc, d.id = :id desc, d.id limit 1")
        .bind("kind", kind)
        .bind("id", id)
        .bind("name", name)
        .bind("workspace", caller.workspaceId())
        .bind("user", caller.userId())
        .bind("admin", caller.isAdmin() && right == Right.SEE)
        .map((row, _) -> definition(row))
        .findOne();
  }

  List<Definition> list(Tx tx, Caller caller, String kind, Listing listing) {
    return listed(
            tx,
            caller,
            kind,
            listing,
            "select " + LISTED + LISTING + " order by d.id desc limit :limit offset :offset")
        .bind("limit", listing.limit())
        .bind("offset", listing.offset())
        .map((row, _) -> definition(row))
        .list();
  }

  int count(Tx tx, Caller caller, String kind, Listing listing) {
    return listed(
            tx, caller, kind, listing, "select count(*) from definition d " + CURRENT + LISTING)
        .mapTo(Integer.class)
        .one();
  }

  private static Query listed(
      Tx tx, Caller caller, String kind, Listing listing, String statement) {
    return tx.handle()
        .createQuery(statement)
        .bind("kind", kind)
        .bind("mine", listing.scope() == Definitions.Scope.MINE)
        .bind("all", listing.categories().isEmpty())
        .bindArray("categories", String.class, listing.categories())
        .bind("workspace", caller.workspaceId())
        .bind("user", caller.userId())
        .bind("admin", false);
  }

  /// Names sort by their bytes, whatever the database's language.
  List<Definition> byName(Tx tx, Caller caller, String kind, String after, int limit) {
    return tx.handle()
        .createQuery(
            "select distinct on (d.name collate \"C\") "
                + LISTED
                + " where d.kind = :kind and d.name collate \"C\" > :after and "
                + SEEN
                + """
                 order by d.name collate "C", d.workspace_id = :workspace desc, d.id limit :limit
                """)
        .bind("kind", kind)
        .bind("after", after)
        .bind("workspace", caller.workspaceId())
        .bind("user", caller.userId())
        .bind("admin", false)
        .bind("limit", limit)
        .map((row, _) -> definition(row))
        .list();
  }

  Optional<Definition> revision(Tx tx, Definition now, int number) {
    return tx.handle()
        .createQuery(
            SELECT
                + """
                join revision r on r.workspace_id = d.workspace_id and r.id = d.id and r.number = :number
                where d.workspace_id = :workspace and d.id = :id
                """)
        .bind("workspace", now.workspaceId())
        .bind("id", now.id())
        .bind("number", number)
        .map((row, _) -> definition(row))
        .findOne();
  }

  void grant(Tx tx, Caller caller, Definition definition, List<String> userIds, boolean give) {
    tx.handle()
        .createUpdate(
            give
                ? """
                insert into definition_grant (workspace_id, id, user_id, granted_by)
                select :workspace, :id, u, :by from unnest(:users) u on conflict do nothing
                """
                : """
                delete from definition_grant
                where workspace_id = :workspace and id = :id and user_id = any(:users) and :by is not null
                """)
        .bind("workspace", definition.workspaceId())
        .bind("id", definition.id())
        .bind("by", caller.userId())
        .bindArray("users", String.class, userIds)
        .execute();
  }

  Set<String> granted(Tx tx, Caller user) {
    return tx.handle()
        .createQuery(
            "select id from definition_grant where workspace_id = :workspace and user_id = :user")
        .bind("workspace", user.workspaceId())
        .bind("user", user.userId())
        .mapTo(String.class)
        .set();
  }

  void refer(Tx tx, Definition from, Set<String> toIds) {
    tx.handle()
        .createUpdate(
            "delete from definition_reference where workspace_id = :workspace and from_id = :id")
        .bind("workspace", from.workspaceId())
        .bind("id", from.id())
        .execute();
    tx.handle()
        .createUpdate(
            """
            insert into definition_reference (workspace_id, from_id, to_id)
            select :workspace, :id, t from unnest(:to) t
            """)
        .bind("workspace", from.workspaceId())
        .bind("id", from.id())
        .bindArray("to", String.class, List.copyOf(toIds))
        .execute();
  }

  Map<String, Set<String>> references(Tx tx, List<Definition> from) {
    var references = new HashMap<String, Set<String>>();
    tx.handle()
        .createQuery(
            """
            select from_id, to_id from definition_reference
            where workspace_id = any(:workspaces) and from_id = any(:ids)
            """)
        .bindArray(
            "workspaces",
            String.class,
            from.stream().map(Definition::workspaceId).distinct().toList())
        .bindArray("ids", String.class, from.stream().map(Definition::id).toList())
        .map((row, _) -> Map.entry(row.getString("from_id"), row.getString("to_id")))
        .forEach(one ->
            references.computeIfAbsent(one.getKey(), _ -> new HashSet<>()).add(one.getValue()));
    return references;
  }

  List<Definition> usedBy(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            SELECT
                + CURRENT
                + """
                join definition_reference f on f.workspace_id = d.workspace_id and f.from_id = d.id
                where f.workspace_id = :workspace and f.to_id = :id and d.deleted_at is null order by d.id
                """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, _) -> definition(row))
        .list();
  }

  Set<String> taken(Tx tx, String workspaceId, String kind, Set<String> names) {
    return tx.handle()
        .createQuery(
            """
            select name from definition
            where workspace_id = :workspace and kind = :kind and name = any(:names) and deleted_at is null
            """)
        .bind("workspace", workspaceId)
        .bind("kind", kind)
        .bindArray("names", String.class, List.copyOf(names))
        .mapTo(String.class)
        .set();
  }

  private static Definition definition(ResultSet row) throws SQLException {
    return new Definition(
        row.getString("workspace_id"),
        row.getString("id"),
        row.getString("kind"),
        row.getString("name"),
        row.getString("owner_id"),
        row.getString("owner_name"),
        Visibility.of(row.getString("visibility")),
        row.getInt("version"),
        Json.stored(row.getString("body")),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getObject("updated_at", OffsetDateTime.class).toInstant());
  }
}
