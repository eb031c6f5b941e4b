package dev.toolwright.catalog;

import dev.toolwright.account.Caller;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.DefinitionStore;
import dev.toolwright.json.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class ServiceStore {
  private static final String COLUMNS =
      """
      s.scope, s.status, s.status_message, s.connection_id, s.transport, s.docker_image, s.port,
        s.health_endpoint, s.environment, s.approved, s.updated_by, s.last_health_check, s.failures
      """;

  void insert(Tx tx, String workspaceId, String toolId, Service service, boolean checked) {
    bind(
            tx.handle()
                .createUpdate(
                    """
                    insert into tool_service (workspace_id, tool_id, scope, status, status_message,
                      connection_id, transport, docker_image, port, health_endpoint, environment,
                      approved, updated_by, check_at)
                    values (:workspace, :tool, :scope, :status, :message, :connection, :transport,
                      :image, :port, :health, :environment::json, :approved, :by,
                      case when :checked then now() end)
                    """),
            workspaceId,
            toolId,
            service)
        .bind("checked", checked)
        .execute();
  }

  /// @param again whether it is looked at soon
  void update(Tx tx, String workspaceId, String toolId, Service service, boolean again) {
    bind(
            tx.handle()
                .createUpdate(
                    """
                    update tool_service set scope = :scope, status = :status,
                      status_message = :message, connection_id = :connection,
                      transport = :transport, docker_image = :image, port = :port,
                      health_endpoint = :health, environment = :environment::json,
                      approved = :approved,
                      updated_by = :by, failures = case when :again then 0 else failures end,
                      check_at = case when :again and connection_id is not null then now()
                        else check_at end
                    where workspace_id = :workspace and tool_id = :tool
                    """),
            workspaceId,
            toolId,
            service)
        .bind("again", again)
        .execute();
  }

  private static org.jdbi.v3.core.statement.Update bind(
      org.jdbi.v3.core.statement.Update update,
      String workspaceId,
      String toolId,
      Service service) {
    return update
        .bind("workspace", workspaceId)
        .bind("tool", toolId)
        .bind("scope", service.scope())
        .bind("status", service.status().key())
        .bind("message", service.statusMessage())
        .bind("connection", service.connectionId())
        .bind("transport", service.transport())
        .bind("image", service.dockerImage())
        .bind("port", service.port())
        .bind("health", service.healthEndpoint())
        .bind("environment", Json.write(service.environment()))
        .bind("approved", service.approved())
        .bind("by", service.updatedBy());
  }

  Optional<Service> find(Tx tx, String workspaceId, String toolId) {
    return tx.handle()
        .createQuery(
            "select "
                + COLUMNS
                + " from tool_service s where s.workspace_id = :workspace and s.tool_id = :tool")
        .bind("workspace", workspaceId)
        .bind("tool", toolId)
        .map((row, _) -> service(row))
        .findOne();
  }

  void delete(Tx tx, String workspaceId, String toolId) {
    tx.handle()
        .createUpdate(
            "delete from tool_service where workspace_id = :workspace and tool_id = :tool")
        .bind("workspace", workspaceId)
        .bind("tool", toolId)
        .execute();
  }

  private static Service service(ResultSet row) throws SQLException {
    return new Service(
        row.getString("scope"),
        Status.of(row.getString("status")),
        row.getString("status_message"),
        row.getString("connection_id"),
        row.getString("transport"),
        row.getString("docker_image"),
        row.getObject("port", Integer.class),
        row.getString("health_endpoint"),
        environment(row),
        row.getBoolean("approved"),
        row.getString("updated_by"),
        instant(row, "last_health_check"),
        row.getInt("failures"));
  }

  /// Names of variables, with the ids of their values.
  static Map<String, String> environment(ResultSet row) throws SQLException {
    var environment = new HashMap<String, String>();
    Json.stored(row.getString("environment"))
        .properties()
        .forEach(one -> environment.put(one.getKey(), one.getValue().asString("")));
    return environment;
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    var time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  // Lists

  /// How often each status and type occurs.
  record Counts(Map<String, Integer> byStatus, Map<String, Integer> byType) {}

  private static final String FROM =
      """
      from definition d
      join revision r on r.workspace_id = d.workspace_id and r.id = d.id and r.number = d.version
      left join tool_service s on s.workspace_id = d.workspace_id and s.tool_id = d.id
      where d.kind = 'tool' and
      """
          + DefinitionStore.SEEN
          + """
            and (:all or r.body -> 'config' ->> 'kind' in ('mcp', 'builtin'))
            and (:search::text is null or coalesce(r.body ->> 'title', d.name) ilike :search
              or r.body ->> 'description' ilike :search)
          """;

  /// @param service null: it was not made in the catalogue
  record Row(String toolId, @Nullable Service service) {}

  List<Row> list(Tx tx, Caller caller, Query query) {
    var descending = query.sort().startsWith("-");
    var field = FilterStore.sorted(descending ? query.sort().substring(1) : query.sort());
    var direction = descending ? " desc nulls last" : " nulls first";
    var filters = new FilterStore(query.conditions());
    return filters
        .bind(
            bind(
                tx.handle()
                    .createQuery(
                        "select d.id as tool_id, "
                            + COLUMNS
                            + FROM
                            + filters.sql()
                            + " order by "
                            + FilterStore.expression(field)
                            + direction
                            + ", d.id"
                            + (descending ? " desc" : "")
                            + " limit :limit offset :offset"),
                caller,
                query))
        .bind("limit", query.limit())
        .bind("offset", query.offset())
        .map((row, _) ->
            new Row(
                row.getString("tool_id"), row.getString("status") == null ? null : service(row)))
        .list();
  }

  Counts counts(Tx tx, Caller caller, Query query) {
    var filters = new FilterStore(query.conditions());
    var byStatus = new HashMap<String, Integer>();
    var byType = new HashMap<String, Integer>();
    filters
        .bind(
            bind(
                tx.handle()
                    .createQuery(
                        "select coalesce(s.status, 'active') as status, "
                            + FilterStore.expression(Query.Field.TYPE)
                            + " as type, count(*) as count "
                            + FROM
                            + filters.sql()
                            + " group by 1, 2"),
                caller,
                query))
        .map((row, _) -> {
          byStatus.merge(row.getString("status"), row.getInt("count"), Integer::sum);
          byType.merge(row.getString("type"), row.getInt("count"), Integer::sum);
          return true;
        })
        .list();
    return new Counts(byStatus, byType);
  }

  private static org.jdbi.v3.core.statement.Query bind(
      org.jdbi.v3.core.statement.Query statement, Caller caller, Query query) {
    return statement
        .bind("workspace", caller.workspaceId())
        .bind("user", caller.userId())
        .bind("admin", caller.isAdmin())
        .bind("all", query.all())
        .bind("search", query.search() == null ? null : "%" + escaped(query.search()) + "%");
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
  }

  // Health

  /// A tool that is to be looked at.
  record Due(String workspaceId, String toolId, String ownerId) {}

  /// Takes those whose time has come, so that no other node does: they are due again in `seconds`,
  /// give or take a fifth.
  List<Due> due(Tx tx, int seconds, int most) {
    return tx.handle()
        .createQuery(
            """
            update tool_service s
            set check_at = now() + make_interval(secs => :seconds * (0.8 + 0.4 * random()))
            from (
              select workspace_id, tool_id from tool_service
              where check_at <= now() order by check_at limit :most for update skip locked) due
            where s.workspace_id = due.workspace_id and s.tool_id = due.tool_id
            returning s.workspace_id, s.tool_id, (
              select d.owner_id from definition d
              where d.workspace_id = s.workspace_id and d.id = s.tool_id) as owner_id
            """)
        .bind("seconds", seconds)
        .bind("most", most)
        .map((row, _) ->
            new Due(
                row.getString("workspace_id"), row.getString("tool_id"), row.getString("owner_id")))
        .list();
  }

  /// The same as [#find], locked until the transaction ends.
  Optional<Service> lock(Tx tx, Due one) {
    return tx.handle()
        .createQuery(
            "select "
                + COLUMNS
                + " from tool_service s where s.workspace_id = :workspace and s.tool_id = :tool for update")
        .bind("workspace", one.workspaceId())
        .bind("tool", one.toolId())
        .map((row, _) -> service(row))
        .findOne();
  }

  /// @param healthy whether it answered just now
  void checked(
      Tx tx, Due one, boolean healthy, Status status, @Nullable String message, int failures) {
    tx.handle()
        .createUpdate(
            """
            update tool_service set failures = :failures, status = :status, status_message = :message,
              last_health_check = case when :healthy then now() else last_health_check end
            where workspace_id = :workspace and tool_id = :tool
            """)
        .bind("workspace", one.workspaceId())
        .bind("tool", one.toolId())
        .bind("healthy", healthy)
        .bind("status", status.key())
        .bind("message", message)
        .bind("failures", failures)
        .execute();
  }
}
