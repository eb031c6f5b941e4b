package dev.toolwright.importer.openapi;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.Endpoints;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.importer.openapi.Differences.Difference;
import dev.toolwright.importer.openapi.ImportStore.Pinned;
import dev.toolwright.importer.openapi.ImportStore.Row;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.ImportedTools;
import dev.toolwright.tool.Tools;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Imports a document again into the connection that was made of it. What changed is shown, with
/// the tools and agents that it touches, and serves nobody until it is accepted.
public final class Reimports {
  private final Database database;
  private final Documents documents;
  private final Connections connections;
  private final Endpoints endpoints;
  private final Tools tools;
  private final ImportedTools importedTools;
  private final Audit audit;
  private final ImportStore store = new ImportStore();
  private final Making making;

  public Reimports(
      Database database,
      Documents documents,
      Connections connections,
      Endpoints endpoints,
      Tools tools,
      ImportedTools importedTools,
      Audit audit) {
    this.database = database;
    this.documents = documents;
    this.connections = connections;
    this.endpoints = endpoints;
    this.tools = tools;
    this.importedTools = importedTools;
    this.audit = audit;
    this.making = new Making(endpoints, importedTools, store);
  }

  /// How an operation stands to what was accepted.
  public enum Kind {
    ADDED,
    CHANGED,
    REMOVED,
    /// It was there and was not picked.
    NOT_IMPORTED,
    UNCHANGED
  }

  /// One operation of the document, now or before.
  ///
  /// @param now null: it is gone, or cannot be imported any more
  /// @param reason why it cannot; empty when it is gone
  /// @param touched its tool and what uses that; null: there is none
  public record Change(
      String operation,
      Kind kind,
      @Nullable Imported now,
      String reason,
      List<Difference> differences,
      ImportedTools.@Nullable Touched touched) {}

  /// @param connectionDifferences what the document says otherwise of the connection itself, which
  ///   an import never changes
  public record Review(
      Connection connection,
      Plan plan,
      boolean documentChanged,
      List<Difference> connectionDifferences,
      List<Change> changes) {
    public List<Change> of(Kind kind) {
      return changes.stream().filter(one -> one.kind() == kind).toList();
    }
  }

  /// What is accepted: `null` operations are everything that was added or changed. What was removed
  /// is only ever deleted by name.
  ///
  /// @param force deletes tools that agents use
  public record Acceptance(@Nullable List<String> operations, boolean force) {}

  /// @param review as it was before
  public record Applied(
      Review review,
      List<OpenApiImports.Made> added,
      List<OpenApiImports.Made> changed,
      List<String> removed) {}

  /// Changes nothing.
  ///
  /// @throws Problem 404 or 403
  public Review review(Caller caller, String connectionId, ImportRequest request, Fields in)
      throws InterruptedException {
    var pinned = pinned(caller, connectionId);
    var whole = whole(request, pinned);
    var plan = read(caller, whole, in);
    return database.inTx(tx -> review(tx, caller, connectionId, plan));
  }

  /// @throws Problem 404, 403, or 409 naming the agents that use a tool which is to go
  public Applied accept(
      Caller caller, String connectionId, ImportRequest request, Acceptance acceptance, Fields in)
      throws InterruptedException {
    var pinned = pinned(caller, connectionId);
    var whole = whole(request, pinned);
    var plan = read(caller, whole, in);
    var applied =
        tools.changing(tx -> {
          var review = review(tx, caller, connectionId, plan);
          var wanted = wanted(review, acceptance.operations(), in);
          in.finish();
          return applied(tx, caller, whole, review, wanted, acceptance.force());
        });
    connections.changed();
    return applied;
  }

  private Plan read(Caller caller, ImportRequest request, Fields in) throws InterruptedException {
    var plan = documents.read(caller, request, in);
    in.finish();
    return plan.orElseThrow();
  }

  private Pinned pinned(Caller caller, String connectionId) {
    caller.require(Role.MEMBER);
    var connection = connection(caller, connectionId);
    return database
        .direct(tx -> store.find(tx, connection.workspaceId(), connection.id()))
        .orElseThrow(() ->
            Problem.of(
                Problem.Kind.CONFLICT,
                "The connection " + connection.name() + " was not imported from a document"));
  }

  /// Who may change it may import into it.
  private Connection connection(Caller caller, String id) {
    return database.inTx(tx -> connections.locked(tx, caller, id));
  }

  /// What a request does not say is as it was the last time.
  private static ImportRequest whole(ImportRequest request, Pinned pinned) {
    return new ImportRequest(
        request.url() == null && request.content() == null ? pinned.url() : request.url(),
        request.content(),
        request.format(),
        request.name(),
        request.operations(),
        request.baseUrl() == null ? pinned.baseUrl() : request.baseUrl(),
        request.responseSchemas() == null
            ? Boolean.valueOf(pinned.responseSchemas())
            : request.responseSchemas());
  }

  private Review review(Tx tx, Caller caller, String connectionId, Plan plan) {
    var connection = connections.locked(tx, caller, connectionId);
    var workspace = connection.workspaceId();
    var pinned = store.find(tx, workspace, connection.id()).orElseThrow();
    var rows =
        store.operations(tx, workspace, connection.id()).stream()
            .collect(
                Collectors.toMap(Row::operation, row -> row, (one, _) -> one, LinkedHashMap::new));
    var changes = new ArrayList<Change>();
    for (var now : plan.operations()) {
      if (now.importable()) {
        changes.add(change(tx, caller, now, rows.remove(now.id())));
      }
    }
    for (var gone : rows.values()) {
      if (gone.definition() != null) {
        changes.add(gone(tx, caller, gone, plan));
      }
    }
    return new Review(
        connection,
        plan,
        !Arrays.equals(pinned.hash(), plan.hash()),
        Differences.between(pinned.connection(), OpenApiImports.connection(plan)),
        changes);
  }

  private Change change(Tx tx, Caller caller, Imported now, @Nullable Row before) {
    if (before == null) {
      return new Change(now.id(), Kind.ADDED, now, "", List.of(), null);
    }
    var definition = now.definition();
    var touched = touched(tx, caller, before);
    if (before.definition() == null
        || before.endpointId() == null
        || touched == null
        || endpoints.find(tx, caller, before.endpointId()).isEmpty()) {
      return new Change(now.id(), Kind.NOT_IMPORTED, now, "", List.of(), null);
    }
    var same = Arrays.equals(before.hash(), Imported.hash(definition));
    return new Change(
        now.id(),
        same ? Kind.UNCHANGED : Kind.CHANGED,
        now,
        "",
        same ? List.of() : Differences.between(before.definition(), definition),
        touched);
  }

  private Change gone(Tx tx, Caller caller, Row before, Plan plan) {
    var reason =
        plan.operations().stream()
            .filter(one -> one.id().equals(before.operation()))
            .findFirst()
            .map(one -> one.warnings().getFirst())
            .orElse("");
    return new Change(
        before.operation(), Kind.REMOVED, null, reason, List.of(), touched(tx, caller, before));
  }

  private ImportedTools.@Nullable Touched touched(Tx tx, Caller caller, Row row) {
    return row.toolId() == null
        ? null
        : importedTools.touched(tx, caller, row.toolId()).orElse(null);
  }

  private static Set<String> wanted(Review review, @Nullable List<String> named, Fields in) {
    var wanted = new LinkedHashSet<String>();
    if (named == null) {
      review.of(Kind.ADDED).forEach(one -> wanted.add(one.operation()));
      review.of(Kind.CHANGED).forEach(one -> wanted.add(one.operation()));
      return wanted;
    }
    for (var name : named) {
      var found =
          review.changes().stream()
              .filter(one ->
                  one.operation().equals(name)
                      || (one.now() != null && one.now().operationId().equals(name)))
              .findFirst();
      if (name.isEmpty() || found.isEmpty()) {
        in.fault(
            "accept", "names no operation of the document, now or before: " + Document.shown(name));
      } else {
        wanted.add(found.get().operation());
      }
    }
    return wanted;
  }

  private Applied applied(
      Tx tx,
      Caller caller,
      ImportRequest request,
      Review review,
      Set<String> wanted,
      boolean force) {
    var connection = review.connection();
    var workspace = connection.workspaceId();
    var removed = new ArrayList<String>();
    var changed = new ArrayList<OpenApiImports.Made>();
    var rows =
        store.operations(tx, workspace, connection.id()).stream()
            .collect(Collectors.toMap(Row::operation, row -> row));
    for (var one : review.changes()) {
      var row = rows.get(one.operation());
      if (wanted.contains(one.operation()) && row != null) {
        if (one.kind() == Kind.REMOVED) {
          remove(tx, caller, connection, row, one, force);
          removed.add(one.operation());
        } else if (one.kind() == Kind.CHANGED) {
          changed.add(
              OpenApiImports.Made.of(
                  making.change(tx, caller, connection, Objects.requireNonNull(one.now()), row)));
        }
      }
    }
    var added = added(tx, caller, review, wanted);
    store.pin(
        tx,
        workspace,
        connection.id(),
        caller.userId(),
        OpenApiImports.pinned(request, review.plan()));
    audit.record(
        tx,
        workspace,
        caller.userId(),
        "import_accepted",
        connection.id(),
        Json.object()
            .put("name", connection.name())
            .put("added", added.size())
            .put("changed", changed.size())
            .put("removed", removed.size()));
    return new Applied(review, added, changed, removed);
  }

  private List<OpenApiImports.Made> added(Tx tx, Caller caller, Review review, Set<String> wanted) {
    var fresh =
        review.changes().stream()
            .filter(one -> one.kind() == Kind.ADDED || one.kind() == Kind.NOT_IMPORTED)
            .filter(one -> wanted.contains(one.operation()))
            .map(one -> Objects.requireNonNull(one.now()))
            .toList();
    if (fresh.size() > OpenApiImports.MOST_TOOLS) {
      throw Problem.invalid("accept must name at most 500 new operations at a time");
    }
    Map<String, String> names =
        Names.tools(fresh, candidates -> importedTools.taken(tx, caller, candidates));
    return making.make(tx, owner(review.connection()), review.connection(), fresh, names).stream()
        .map(OpenApiImports.Made::of)
        .toList();
  }

  /// What is made belongs to whom the connection belongs to, who may use it: an admin need not.
  private static Caller owner(Connection connection) {
    return new Caller(
        connection.workspaceId(),
        connection.ownerId(),
        connection.ownerName(),
        Role.MEMBER,
        0,
        Set.of());
  }

  private void remove(
      Tx tx, Caller caller, Connection connection, Row row, Change change, boolean force) {
    if (change.touched() != null) {
      importedTools.delete(tx, caller, change.touched().tool().id(), force);
    }
    if (row.endpointId() != null && endpoints.find(tx, caller, row.endpointId()).isPresent()) {
      endpoints.delete(tx, caller, row.endpointId(), force);
    }
    store.remove(tx, connection.workspaceId(), connection.id(), row.operation());
  }
}
