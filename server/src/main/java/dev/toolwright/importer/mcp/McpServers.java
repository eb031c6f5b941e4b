package dev.toolwright.importer.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.ConnectionDraft;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.LoginRefused;
import dev.toolwright.connection.mcp.McpClient;
import dev.toolwright.connection.mcp.McpFailure;
import dev.toolwright.connection.mcp.RemoteTool;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.http.Problem;
import dev.toolwright.importer.FreeNames;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import dev.toolwright.mcp.ParamHeaders;
import dev.toolwright.tool.Behavior;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.ImportedTools;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.Tools;
import dev.toolwright.vault.SecretUnreadable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// MCP servers of others: connections whose tools are imported. A tool stays as it was accepted;
/// what its server says differently later is shown, and becomes the next version when it is
/// accepted.
public final class McpServers {
  /// The connection's kind.
  public static final String API_TYPE = "mcp";

  private static final String CATEGORY = "mcp";
  private static final int MOST_TOOLS = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Database database;
  private final Definitions definitions;
  private final Connections connections;
  private final Tools tools;
  private final ImportedTools imported;
  private final Schemas schemas;
  private final McpClient client;
  private final Audit audit;
  private final McpServerStore store = new McpServerStore();

  public McpServers(
      Database database,
      Definitions definitions,
      Connections connections,
      Tools tools,
      ImportedTools imported,
      Schemas schemas,
      McpClient client,
      Audit audit) {
    this.database = database;
    this.definitions = definitions;
    this.connections = connections;
    this.tools = tools;
    this.imported = imported;
    this.schemas = schemas;
    this.client = client;
    this.audit = audit;
  }

  /// A server with the tools that were made of its own.
  ///
  /// @param changed tools that their server describes differently than they were accepted, of
  ///   `{name, fields}`
  /// @param gone names of tools that their server offers no more
  /// @param seenAt when that was so; null: it was never asked
  public record Server(
      Connection connection,
      List<Tool> tools,
      JsonNode changed,
      JsonNode gone,
      @Nullable Instant seenAt) {}

  /// What a server offers, beside what was made of it.
  ///
  /// @param changed tools that their server describes differently than they were accepted
  /// @param gone tools that their server offers no more
  public record Discovery(
      Connection connection,
      List<Tool> added,
      List<Tool> updated,
      List<Changed> changed,
      List<Tool> unchanged,
      List<Tool> gone,
      List<Skipped> skipped) {}

  /// @param fields that differ: `description`, `parameters`, `output`, `behavior`
  public record Changed(Tool tool, List<String> fields) {
    public ObjectNode toJson() {
      var shown = Json.object().put("name", tool.name());
      fields.forEach(shown.putArray("fields")::add);
      return shown;
    }
  }

  /// A tool that cannot be had here.
  public record Skipped(String name, String why) {}

  /// Every fault of the draft is noted in `in` before anything is refused.
  public Server add(Caller caller, ConnectionDraft draft, Fields in) {
    var connection = connections.create(caller, draft, in);
    return new Server(connection, List.of(), Json.array(), Json.array(), null);
  }

  public List<Server> list(Caller caller) {
    return connections.list(caller, Listing.of(Definitions.Scope.USABLE)).page().stream()
        .filter(one -> one.content().apiType().equals(API_TYPE))
        .map(one -> database.direct(tx -> server(tx, one)))
        .toList();
  }

  /// @throws Problem 404
  public Server get(Caller caller, String idOrName) {
    var connection = connections.get(caller, idOrName);
    if (!connection.content().apiType().equals(API_TYPE)) {
      throw Problem.notFound("MCP server", idOrName);
    }
    return database.direct(tx -> server(tx, connection));
  }

  private Server server(Tx tx, Connection connection) {
    var seen = store.difference(tx, connection.workspaceId(), connection.id());
    return new Server(
        connection,
        made(tx, connection),
        seen.map(McpServerStore.Difference::changed).orElseGet(Json::array),
        seen.map(McpServerStore.Difference::gone).orElseGet(Json::array),
        seen.map(McpServerStore.Difference::seenAt).orElse(null));
  }

  private List<Tool> made(Tx tx, Connection connection) {
    return definitions.usedBy(tx, connection.workspaceId(), connection.id()).stream()
        .flatMap(user -> imported.of(user).stream())
        .filter(tool -> tool.content().config() instanceof Config.Mcp)
        .toList();
  }

  /// Deletes a server and its tools.
  ///
  /// @param force detaches these from the agents and workflows that use them
  /// @throws Problem 404, 403, or 409 naming what uses a tool
  public void delete(Caller caller, String idOrName, boolean force) {
    var server = get(caller, idOrName);
    tools.changing(tx -> {
      made(tx, server.connection()).forEach(tool -> imported.delete(tx, caller, tool.id(), force));
      return true;
    });
    connections.delete(caller, server.connection().id(), force);
  }

  /// Asks the server what it offers, and makes tools of what is new.
  ///
  /// @param accept whether what has changed becomes the tools' next version
  /// @throws Problem 404, 403, 422 when the server gives no list, 504 when it does not in time
  public Discovery discover(Caller caller, String idOrName, boolean accept)
      throws InterruptedException {
    caller.require(Role.MEMBER);
    return discovered(caller, get(caller, idOrName).connection(), accept, false);
  }

  /// The same, because the server says that its tools have changed: what it says differently is not
  /// accepted, and what is new of it is in the audit.
  void follow(Caller caller, String connectionId) throws InterruptedException {
    discovered(caller, get(caller, connectionId).connection(), false, true);
  }

  private Discovery discovered(
      Caller caller, Connection connection, boolean accept, boolean audited)
      throws InterruptedException {
    var offered = offered(caller, connection);
    var discovery =
        tools.changing(tx -> {
          var locked = connections.locked(tx, caller, connection.id());
          var found = compared(tx, caller, locked, offered, accept);
          var isNew = noted(tx, connection, found) || !found.added().isEmpty();
          if (audited && isNew) {
            audit(tx, connection, found);
          }
          return found;
        });
    connections.changed();
    return discovery;
  }

  private boolean noted(Tx tx, Connection connection, Discovery found) {
    var changed = Json.array();
    found.changed().forEach(one -> changed.add(one.toJson()));
    var gone = names(found.gone());
    return store.seen(tx, connection.workspaceId(), connection.id(), changed, gone);
  }

  private static ArrayNode names(List<Tool> tools) {
    var names = Json.array();
    tools.stream().map(Tool::name).sorted().forEach(names::add);
    return names;
  }

  private void audit(Tx tx, Connection connection, Discovery found) {
    var data = Json.object();
    data.set("added", names(found.added()));
    data.set("changed", names(found.changed().stream().map(Changed::tool).toList()));
    data.set("gone", names(found.gone()));
    audit.record(tx, connection.workspaceId(), null, "mcp_server_changed", connection.id(), data);
  }

  private List<RemoteTool> offered(Caller caller, Connection connection)
      throws InterruptedException {
    var asker = new McpClient.Asker(connection, caller.userId(), Set.of(caller.workspaceId()));
    try {
      return client.tools(asker, PATIENCE);
    } catch (McpFailure e) {
      throw Problem.of(
          Problem.Kind.UNPROCESSABLE, "The tools of the MCP server are not to be had: " + e.says());
    } catch (LoginRefused e) {
      throw Problem.of(Problem.Kind.UNPROCESSABLE, String.valueOf(e.getMessage()));
    } catch (SecretUnreadable _) {
      throw Problem.of(
          Problem.Kind.UNPROCESSABLE, "The stored credential cannot be read; save it again");
    }
  }

  private Discovery compared(
      Tx tx, Caller caller, Connection connection, List<RemoteTool> offered, boolean accept) {
    var before = new HashMap<String, Tool>();
    made(tx, connection).forEach(tool -> before.put(mcp(tool).tool(), tool));
    var found =
        new Discovery(
            connection,
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    var fresh = new LinkedHashMap<String, RemoteTool>();
    var room = MOST_TOOLS - before.size();
    var seen = new HashSet<String>();
    for (var one : offered) {
      var why = unfit(one, seen);
      var old = before.remove(one.name());
      if (why != null) {
        found.skipped().add(new Skipped(one.name(), why));
      } else if (old == null && fresh.size() >= room) {
        var many = "there are " + MOST_TOOLS + " tools of this server already";
        found.skipped().add(new Skipped(one.name(), many));
      } else if (old == null) {
        fresh.put(one.name(), one);
      } else if (hash(one).equals(mcp(old).hash())) {
        found.unchanged().add(old);
      } else if (accept) {
        var draft = draft(old.name(), connection, one);
        found.updated().add(imported.update(tx, caller, old.id(), draft));
      } else {
        found.changed().add(new Changed(old, differences(old, one)));
      }
    }
    found.gone().addAll(before.values());
    var names = names(tx, caller, connection, fresh);
    fresh.forEach((id, one) -> {
      var draft = draft(names.getOrDefault(id, id), connection, one);
      found.added().add(imported.create(tx, caller, draft));
    });
    return found;
  }

  private static Config.Mcp mcp(Tool tool) {
    return (Config.Mcp) tool.content().config();
  }

  private @Nullable String unfit(RemoteTool tool, Set<String> seen) {
    if (tool.name().isBlank() || tool.name().length() > 200) {
      return "its name is empty or longer than 200 characters";
    }
    if (!seen.add(tool.name())) {
      return "its name was there before";
    }
    var faults = schemas.faultsOf(tool.inputSchema());
    if (!faults.isEmpty()) {
      return "its input schema: " + faults.getFirst().message();
    }
    return ParamHeaders.fault(tool.inputSchema());
  }

  /// Its own name where that is free, else with the server's before it.
  private Map<String, String> names(
      Tx tx, Caller caller, Connection connection, Map<String, RemoteTool> fresh) {
    var own = new LinkedHashMap<String, String>();
    fresh.keySet().forEach(name -> own.put(name, FreeNames.fitted(name, "tool")));
    var taken = imported.taken(tx, caller, Set.copyOf(own.values()));
    own.replaceAll((_, name) ->
        taken.contains(name) ? FreeNames.fitted(connection.name() + "_" + name, "tool") : name);
    return FreeNames.unused(own, names -> imported.taken(tx, caller, names));
  }

  private ImportedTools.Draft draft(String name, Connection connection, RemoteTool tool) {
    var output = tool.outputSchema();
    return new ImportedTools.Draft(
        name,
        tool.title().isEmpty() ? tool.name() : tool.title(),
        tool.description(),
        CATEGORY,
        new Config.Mcp(connection.id(), tool.name(), hash(tool), behavior(tool)),
        tool.inputSchema(),
        output == null || !schemas.faultsOf(output).isEmpty() ? null : output);
  }

  /// What its annotations say. Where they say nothing the specification assumes the worst.
  private static Behavior behavior(RemoteTool tool) {
    var hints = tool.annotations();
    var readOnly = hints.path("readOnlyHint").asBoolean(false);
    return new Behavior(
        readOnly,
        readOnly || hints.path("idempotentHint").asBoolean(false),
        !readOnly && hints.path("destructiveHint").asBoolean(true),
        hints.path("openWorldHint").asBoolean(true));
  }

  private static List<String> differences(Tool old, RemoteTool now) {
    var fields = new ArrayList<String>();
    if (!old.content().description().equals(now.description())) {
      fields.add("description");
    }
    if (!old.content().parametersSchema().equals(now.inputSchema())) {
      fields.add("parameters");
    }
    if (now.outputSchema() != null && !now.outputSchema().equals(old.content().outputSchema())) {
      fields.add("output");
    }
    if (!mcp(old).behavior().equals(behavior(now))) {
      fields.add("behavior");
    }
    return fields;
  }

  /// Of all that a model is told of a tool, or that decides how it is called.
  private static String hash(RemoteTool tool) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(Json.canonical(Json.tree(tool)).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
