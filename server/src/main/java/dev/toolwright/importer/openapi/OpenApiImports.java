package dev.toolwright.importer.openapi;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.ConnectionDraft;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.Endpoint;
import dev.toolwright.connection.Endpoints;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.importer.openapi.ImportStore.Pinned;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.ImportedTools;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.Tools;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Makes a connection with endpoints and tools of an OpenAPI document, all or nothing. No
/// credential is asked for: the connection is given one afterwards.
public final class OpenApiImports {
  static final int MOST_TOOLS = 500;

  private final Database database;
  private final Documents documents;
  private final Connections connections;
  private final Tools tools;
  private final ImportedTools importedTools;
  private final ImportStore store = new ImportStore();
  private final Making making;

  public OpenApiImports(
      Database database,
      Documents documents,
      Connections connections,
      Endpoints endpoints,
      Tools tools,
      ImportedTools importedTools) {
    this.database = database;
    this.documents = documents;
    this.connections = connections;
    this.tools = tools;
    this.importedTools = importedTools;
    this.making = new Making(endpoints, importedTools, store);
  }

  /// What an import would make.
  ///
  /// @param connection its name
  /// @param toolNames by operation; those that cannot be imported have none
  public record Preview(Plan plan, String connection, Map<String, String> toolNames) {}

  /// What an import made.
  ///
  /// @param skipped operations that were wanted with all others and cannot be imported
  public record Result(Plan plan, Connection connection, List<Made> made, List<Imported> skipped) {}

  /// An operation that became an endpoint and a tool.
  public record Made(String operation, Endpoint endpoint, Tool tool) {
    static Made of(Making.Made made) {
      return new Made(made.operation(), made.endpoint(), made.tool());
    }
  }

  /// Stores nothing.
  public Preview preview(Caller caller, ImportRequest request, Fields in)
      throws InterruptedException {
    caller.require(Role.MEMBER);
    var plan = read(caller, request, in);
    picked(plan, request.operations(), in);
    in.finish();
    return database.direct(tx ->
        new Preview(plan, name(tx, caller, request, plan), names(tx, caller, plan.operations())));
  }

  /// @throws dev.toolwright.http.Problem 400 with every fault, 409 when the name is taken
  public Result create(Caller caller, ImportRequest request, Fields in)
      throws InterruptedException {
    caller.require(Role.MEMBER);
    var plan = read(caller, request, in);
    var picked = picked(plan, request.operations(), in);
    if (plan.baseUrl() == null) {
      in.fault("base_url", "is required: the document names no server that can be used");
    }
    if (picked.size() > MOST_TOOLS) {
      in.fault(
          "operations",
          "is required: the document has more than 500, of which some must be picked");
    }
    in.finish();
    var result = tools.changing(tx -> made(tx, caller, request, plan, picked));
    connections.changed();
    return result;
  }

  private Plan read(Caller caller, ImportRequest request, Fields in) throws InterruptedException {
    var plan = documents.read(caller, request, in);
    if (plan.isEmpty()) {
      in.finish();
    }
    return plan.orElseThrow();
  }

  private Result made(
      Tx tx, Caller caller, ImportRequest request, Plan plan, List<Imported> picked) {
    var connection =
        connections.create(
            tx, caller, draft(name(tx, caller, request, plan), plan), Fields.of(Json.object()));
    store.pin(
        tx, connection.workspaceId(), connection.id(), caller.userId(), pinned(request, plan));
    var chosen = new HashSet<>(picked);
    store.put(
        tx,
        connection.workspaceId(),
        connection.id(),
        plan.operations().stream()
            .filter(one -> one.importable() && !chosen.contains(one))
            .map(Making::seen)
            .toList());
    var made = making.make(tx, caller, connection, picked, names(tx, caller, picked));
    var skipped =
        request.operations() == null
            ? plan.operations().stream().filter(one -> !one.importable()).toList()
            : List.<Imported>of();
    return new Result(plan, connection, made.stream().map(Made::of).toList(), skipped);
  }

  private static ConnectionDraft draft(String name, Plan plan) {
    return ConnectionDraft.of(
        name,
        plan.title().isEmpty() ? name : plan.title(),
        plan.description(),
        "rest",
        plan.baseUrl(),
        new AuthDraft(plan.auth(), Map.of(), Set.of()),
        null);
  }

  /// @return what is wanted of a document; without a wish all that can be imported
  static List<Imported> picked(Plan plan, @Nullable List<String> wanted, Fields in) {
    if (wanted == null) {
      return plan.operations().stream().filter(Imported::importable).toList();
    }
    if (wanted.isEmpty()) {
      in.fault("operations", "must name at least one");
    }
    var picked = new HashSet<String>();
    for (var name : wanted) {
      var found =
          plan.operations().stream()
              .filter(one -> one.id().equals(name) || one.operationId().equals(name))
              .findFirst();
      if (name.isEmpty() || found.isEmpty()) {
        in.fault("operations", "names none of the document's: " + Document.shown(name));
      } else if (!found.get().importable()) {
        in.fault(
            "operations", "names " + found.get().id() + ". " + found.get().warnings().getFirst());
      } else {
        picked.add(found.get().id());
      }
    }
    return plan.operations().stream().filter(one -> picked.contains(one.id())).toList();
  }

  private String name(Tx tx, Caller caller, ImportRequest request, Plan plan) {
    return request.name() != null
        ? request.name()
        : Names.connection(plan.title(), names -> connections.taken(tx, caller, names));
  }

  private Map<String, String> names(Tx tx, Caller caller, List<Imported> operations) {
    return Names.tools(
        operations.stream().filter(Imported::importable).toList(),
        names -> importedTools.taken(tx, caller, names));
  }

  static Pinned pinned(ImportRequest request, Plan plan) {
    return new Pinned(
        plain(request.url()),
        request.baseUrl(),
        Boolean.TRUE.equals(request.responseSchemas()),
        plan.hash(),
        plan.title(),
        plan.version(),
        connection(plan));
  }

  /// What a document says of the connection itself.
  static ObjectNode connection(Plan plan) {
    var connection = Json.object().put("base_url", plan.baseUrl());
    connection.set("auth", Json.tree(plan.auth()));
    return connection;
  }

  /// An address with a query may hold a secret, and is not kept.
  private static @Nullable String plain(@Nullable String url) {
    return url == null || URI.create(url.strip()).getRawQuery() != null ? null : url.strip();
  }
}
