package dev.toolwright.catalog;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.ConnectionDraft;
import dev.toolwright.connection.Connections;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.importer.ToolNames;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Behavior;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.ImportedTools;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.Tools;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.Vault;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The tools of the catalogue: made, found, changed, switched and deleted. Each is a tool like any
/// other, called through the one path; one that an MCP server has is called over a connection of
/// its own.
public final class Catalog {
  /// The kind of the connections that belong to tools of the catalogue.
  private static final String API_TYPE = "mcp_service";

  /// What a stranger's server may do when nobody says otherwise.
  private static final Behavior WORST = new Behavior(false, false, true, true);

  private final Database database;
  private final Connections connections;
  private final Tools tools;
  private final ImportedTools imported;
  private final ToolNames names;
  private final Deployments deployments;
  private final Vault vault;
  private final Audit audit;
  private final Clock clock;
  private final ServiceStore store = new ServiceStore();

  public Catalog(
      Database database,
      Connections connections,
      Tools tools,
      ImportedTools imported,
      Deployments deployments,
      Vault vault,
      Audit audit,
      Clock clock) {
    this.database = database;
    this.connections = connections;
    this.tools = tools;
    this.imported = imported;
    this.names = new ToolNames(database, imported);
    this.deployments = deployments;
    this.vault = vault;
    this.audit = audit;
    this.clock = clock;
  }

  /// @param total of all pages
  /// @param byStatus every status, perhaps 0
  public record Page(
      List<CatalogTool> tools,
      int total,
      Map<String, Integer> byStatus,
      Map<String, Integer> byType) {
    public Page {
      tools = List.copyOf(tools);
      byStatus = Map.copyOf(byStatus);
      byType = Map.copyOf(byType);
    }
  }

  /// @throws Problem 400 naming every fault
  public CatalogTool create(Caller caller, ServiceDraft draft, Fields in) {
    caller.require(Role.MEMBER);
    var made =
        tools.changing(tx -> {
          var connection =
              draft.builtin()
                  ? null
                  : connections.create(tx, caller, connection(draft, Ids.next("catalog")), in);
          in.finish();
          var connectionId = connection == null ? null : connection.id();
          var scope = or(draft.scope(), "public");
          var tool =
              imported.create(
                  tx, caller, imported(tx, caller, draft, connectionId), visibility(caller, scope));
          var service =
              new Service(
                  scope,
                  or(draft.status(), Status.ACTIVE),
                  null,
                  connectionId,
                  draft.transport(),
                  draft.dockerImage(),
                  draft.port(),
                  draft.healthEndpoint(),
                  environment(tx, caller, draft.environment(), Map.of()),
                  caller.administers(),
                  caller.userId(),
                  null,
                  0);
          store.insert(tx, tool.workspaceId(), tool.id(), service, connectionId != null);
          deployments.expect(service);
          record(tx, caller, "catalog_tool_created", tool, Json.object());
          return tool;
        });
    connections.changed();
    return shown(caller, made, null);
  }

  /// Other workspaces see what an admin publishes.
  private static Visibility visibility(Caller caller, String scope) {
    return switch (scope) {
      case "private" -> Visibility.PRIVATE;
      case "public" -> caller.administers() ? Visibility.PUBLIC : Visibility.ORG;
      default -> Visibility.ORG;
    };
  }

  private static ConnectionDraft connection(ServiceDraft draft, String name) {
    return ConnectionDraft.of(
        name, draft.name(), null, API_TYPE, draft.endpoint(), AuthDraft.NONE, null);
  }

  private ImportedTools.Draft imported(
      Tx tx, Caller caller, ServiceDraft draft, @Nullable String connectionId) {
    var title = or(draft.name(), "");
    var name = names.free(tx, caller, title);
    return new ImportedTools.Draft(
        name,
        title,
        or(draft.description(), ""),
        or(draft.category(), "system"),
        connectionId == null
            ? new Config.Builtin(title)
            : new Config.Mcp(connectionId, title, "", WORST),
        or(draft.inputSchema(), Json.object()),
        draft.outputSchema());
  }

  /// @throws Problem 404
  public CatalogTool get(Caller caller, String id) {
    return shown(caller, tool(caller, id), null);
  }

  private Tool tool(Caller caller, String id) {
    var full = id.matches("[0-9a-f]{24}") ? "tool_" + id : id;
    if (!full.matches("tool_[0-9a-f]{24}")) {
      throw Problem.notFound("Tool with ID", id);
    }
    try {
      return tools.get(caller, full);
    } catch (Problem e) {
      throw e.kind() == Problem.Kind.NOT_FOUND ? Problem.notFound("Tool with ID", id) : e;
    }
  }

  private CatalogTool shown(Caller caller, Tool tool, @Nullable Instant deletedAt) {
    var service = database.direct(tx -> store.find(tx, tool.workspaceId(), tool.id())).orElse(null);
    return shown(caller, tool, service, deletedAt);
  }

  /// Where a tool is served from is nobody else's business.
  private CatalogTool shown(
      Caller caller, Tool tool, @Nullable Service service, @Nullable Instant deletedAt) {
    var isOwn = tool.workspaceId().equals(caller.workspaceId());
    if (!isOwn && service != null) {
      return new CatalogTool(tool, null, null, service.withoutPlace(), deletedAt);
    }
    var connectionId = service == null ? null : service.connectionId();
    var endpoint =
        connectionId == null
            ? null
            : connections
                .usableBy(tool.workspaceId(), tool.ownerId(), connectionId)
                .map(connection -> connection.content().baseUrl())
                .orElse(null);
    return new CatalogTool(
        tool, endpoint, deployments.containerId(connectionId), service, deletedAt);
  }

  public Page list(Caller caller, Query query) {
    var found =
        database.inTx(
            tx -> Map.entry(store.list(tx, caller, query), store.counts(tx, caller, query)));
    var byStatus = new HashMap<>(found.getValue().byStatus());
    for (var status : Status.values()) {
      byStatus.putIfAbsent(status.key(), 0);
    }
    var shown = found.getKey().stream().flatMap(row -> seen(caller, row).stream()).toList();
    var total = byStatus.values().stream().mapToInt(Integer::intValue).sum();
    return new Page(shown, total, byStatus, found.getValue().byType());
  }

  private Optional<CatalogTool> seen(Caller caller, ServiceStore.Row row) {
    try {
      return Optional.of(shown(caller, tool(caller, row.toolId()), row.service(), null));
    } catch (Problem e) {
      return Optional.empty(); // deleted a moment ago
    }
  }

  /// What is not said, or said as it is, stays.
  ///
  /// @param force takes a tool that is switched off away from the agents that have it
  /// @throws Problem 400, 403, 404, or 409 naming the agents that use a tool that is switched off
  public CatalogTool update(
      Caller caller, String id, ServiceDraft draft, boolean force, Fields in) {
    var before = get(caller, id);
    var tool = before.tool();
    var old = before.service();
    if (old == null) {
      throw Problem.of(
          Problem.Kind.CONFLICT,
          "Tool '" + title(tool) + "' was not made in the catalog: change it where it was made",
          Map.of("activeAgents", List.of(), "action", "update"));
    }
    requireEditable(caller, tool);
    var moved = draft.endpoint() != null && !draft.endpoint().equals(before.endpoint());
    var saved =
        tools.changing(tx -> {
          if (moved && old.connectionId() != null) {
            connections.update(tx, caller, old.connectionId(), connection(draft, ""), in);
          }
          in.finish();
          if (draft.status() == Status.INACTIVE && old.status() != Status.INACTIVE) {
            InUse.refuse(tool, imported.users(tx, tool), "deactivate", force);
          }
          var now = changed(tx, caller, old, draft);
          if (!moved && now.by(old.updatedBy()).equals(old) && isSaid(tool, draft)) {
            return tool;
          }
          deployments.expect(now);
          store.update(
              tx,
              tool.workspaceId(),
              tool.id(),
              now,
              moved || now.status() != old.status() || draft.status() == Status.ACTIVE);
          if (now.status() != old.status()) {
            record(
                tx,
                caller,
                "catalog_tool_switched",
                tool,
                Json.object().put("status", now.status().key()));
          }
          return imported.update(
              tx,
              caller,
              tool.id(),
              said(tool, draft),
              draft.category(),
              wider(caller, old, draft));
        });
    if (moved) {
      connections.changed();
    }
    return shown(caller, saved, null);
  }

  private static void requireEditable(Caller caller, Tool tool) {
    if (!Tools.mayEdit(caller, tool)) {
      throw Problem.of(Problem.Kind.FORBIDDEN, "Only its owner or an admin may change this tool");
    }
  }

  /// Whether a tool is what the draft says.
  private static boolean isSaid(Tool tool, ServiceDraft draft) {
    var content = tool.content();
    return said(tool, draft).equals(said(tool, ServiceDraft.NOTHING))
        && (draft.category() == null || draft.category().equals(content.category()))
        && (draft.outputSchema() == null || draft.outputSchema().equals(content.outputSchema()));
  }

  private static @Nullable Visibility wider(Caller caller, Service old, ServiceDraft draft) {
    return draft.scope() == null || draft.scope().equals(old.scope())
        ? null
        : visibility(caller, draft.scope());
  }

  private Service changed(Tx tx, Caller caller, Service old, ServiceDraft draft) {
    var status = or(draft.status(), old.status());
    var environment = environment(tx, caller, draft.environment(), old.environment());
    var image = or(draft.dockerImage(), old.dockerImage());
    var port = or(draft.port(), old.port());
    var isSame =
        environment.equals(old.environment())
            && Objects.equals(image, old.dockerImage())
            && Objects.equals(port, old.port());
    return new Service(
        or(draft.scope(), old.scope()),
        status,
        status == old.status() ? old.statusMessage() : null,
        old.connectionId(),
        or(draft.transport(), old.transport()),
        image,
        port,
        or(draft.healthEndpoint(), old.healthEndpoint()),
        environment,
        caller.administers()
            ? old.approved() || !isSame || draft.status() == Status.ACTIVE
            : old.approved() && isSame,
        caller.userId(),
        old.lastHealthCheck(),
        old.failures());
  }

  private static ImportedTools.Draft said(Tool tool, ServiceDraft draft) {
    var content = tool.content();
    return new ImportedTools.Draft(
        tool.name(),
        or(draft.name(), title(tool)),
        or(draft.description(), content.description()),
        content.category(),
        content.config(),
        or(draft.inputSchema(), content.parametersSchema()),
        or(draft.outputSchema(), content.outputSchema()));
  }

  /// The name under which the catalogue has a tool.
  public static String title(Tool tool) {
    return or(tool.content().title(), tool.name());
  }

  /// The variables with their values in the vault; what is there no more is forgotten.
  private Map<String, String> environment(
      Tx tx,
      Caller caller,
      @Nullable Map<String, @Nullable Secret> wanted,
      Map<String, String> stored) {
    if (wanted == null) {
      return stored;
    }
    var kept = new HashMap<String, String>();
    wanted.forEach((name, value) ->
        kept.put(
            name,
            value == null
                ? stored.getOrDefault(name, "")
                : vault.put(tx, caller.workspaceId(), value)));
    stored.forEach((_, id) -> {
      if (!kept.containsValue(id)) {
        vault.delete(tx, caller.workspaceId(), id);
      }
    });
    return kept;
  }

  /// @return the tool as it was, switched off and with the time of its end
  /// @throws Problem 403, 404, or 409 naming the agents that use it
  public CatalogTool delete(Caller caller, String id, boolean force) {
    var before = get(caller, id);
    var tool = before.tool();
    requireEditable(caller, tool);
    tools.changing(tx -> {
      InUse.refuse(tool, imported.users(tx, tool), "delete", force);
      imported.delete(tx, caller, tool.id(), true);
      if (before.service() != null) {
        environment(tx, caller, Map.of(), before.service().environment());
        store.delete(tx, tool.workspaceId(), tool.id());
      }
      record(tx, caller, "catalog_tool_deleted", tool, Json.object());
      return true;
    });
    if (before.service() != null && before.service().connectionId() != null) {
      connections.delete(caller, before.service().connectionId(), true);
    }
    return new CatalogTool(tool, before.endpoint(), null, before.service(), clock.instant());
  }

  private void record(Tx tx, Caller caller, String event, Tool tool, ObjectNode data) {
    audit.record(
        tx, caller.workspaceId(), caller.userId(), event, tool.id(), data.put("name", title(tool)));
  }

  private static <T extends @Nullable Object> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
