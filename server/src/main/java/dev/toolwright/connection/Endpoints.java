package dev.toolwright.connection;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The endpoints of connections: whoever may use a connection may add to it.
public final class Endpoints {
  private final Database database;
  private final Notices notices;
  private final Definitions definitions;
  private final Connections connections;
  private final Schemas schemas;
  private final Fresh<Key, Endpoint> seen = new Fresh<>();

  private record Key(String workspaceId, String userId, String id) {}

  public Endpoints(
      Database database,
      Notices notices,
      Definitions definitions,
      Connections connections,
      Schemas schemas) {
    this.database = database;
    this.notices = notices;
    this.definitions = definitions;
    this.connections = connections;
    this.schemas = schemas;
    notices.subscribe(Connections.CHANGED, seen::clear);
  }

  /// Saves a new endpoint. Every fault is noted in `in` before anything is refused.
  ///
  /// @throws Problem 404 for a connection that the caller may not use
  public Endpoint create(Caller caller, Endpoint.Draft draft, Fields in) {
    caller.require(Role.MEMBER);
    var connection = connection(caller, draft.content());
    check(draft.content(), connection, in);
    in.finish();
    return changing(tx -> create(tx, caller, connection, draft));
  }

  /// The same, checked before and as part of a larger change, after which [Connections#changed] is
  /// called.
  public Endpoint create(Tx tx, Caller caller, Connection connection, Endpoint.Draft draft) {
    var made =
        definitions.create(
            tx,
            caller,
            Endpoint.KIND,
            Ids.next("endp"),
            draft.name(),
            connection.visibility(),
            Json.tree(draft.content()));
    definitions.refer(tx, made, Set.of(connection.id()));
    return Endpoint.of(made);
  }

  /// Saves the next version.
  ///
  /// @throws Problem 404 or 403
  public Endpoint update(Caller caller, String id, Endpoint.Draft draft, Fields in) {
    check(draft.content(), connection(caller, draft.content()), in);
    in.finish();
    return changing(tx -> update(tx, caller, id, draft));
  }

  /// The same, checked before and as part of a larger change.
  public Endpoint update(Tx tx, Caller caller, String id, Endpoint.Draft draft) {
    var current = definitions.editable(tx, caller, Endpoint.KIND, id);
    return Endpoint.of(
        definitions.update(
            tx, caller, current, current.visibility(), draft.name(), Json.tree(draft.content())));
  }

  private Connection connection(Caller caller, Endpoint.Content content) {
    return connections
        .usable(caller, content.connectionId())
        .orElseThrow(() -> Problem.notFound("Connection", content.connectionId()));
  }

  /// Notes what is wrong with an endpoint of a connection.
  public void check(Endpoint.Content content, Connection connection, Fields in) {
    OperationCheck.check(content.operation(), connection.content().baseUrl(), in, "");
    for (var fault : schemas.faultsOf(content.parametersSchema())) {
      in.fault("parameters" + (fault.path().isEmpty() ? "" : "." + fault.path()), fault.message());
    }
    if (content.responseSchema() != null) {
      for (var fault : schemas.faultsOf(content.responseSchema())) {
        in.fault(
            "responseSchema" + (fault.path().isEmpty() ? "" : "." + fault.path()), fault.message());
      }
    }
  }

  /// @throws Problem 404 when the caller does not see it
  public Endpoint get(Caller caller, String id) {
    return Endpoint.of(database.direct(tx -> definitions.byId(tx, caller, Endpoint.KIND, id)));
  }

  /// An endpoint to be called.
  ///
  /// @throws Problem 404 when the caller does not see it, 403 when an admin sees it but was not
  ///   given its use
  public Endpoint callable(Caller caller, String id) {
    var endpoint = get(caller, id);
    return usableBy(caller.workspaceId(), caller.userId(), endpoint.id())
        .orElseThrow(() ->
            Problem.of(
                Problem.Kind.FORBIDDEN,
                "You may see and change this endpoint as an admin, but not call it"));
  }

  /// One that the caller sees.
  public Optional<Endpoint> find(Tx tx, Caller caller, String id) {
    return definitions.find(tx, caller, Endpoint.KIND, id).map(Endpoint::of);
  }

  /// Those of a connection, the newest first.
  public List<Endpoint> of(Caller caller, Connection connection) {
    return database
        .direct(
            tx -> definitions.list(tx, caller, Endpoint.KIND, Listing.of(Definitions.Scope.USABLE)))
        .page()
        .stream()
        .map(Endpoint::of)
        .filter(one -> one.content().connectionId().equals(connection.id()))
        .toList();
  }

  /// The endpoint that a user's definition refers to, while they may use it.
  public Optional<Endpoint> usableBy(String workspaceId, String userId, String id) {
    return seen.get(
        new Key(workspaceId, userId, id),
        () ->
            database
                .direct(tx -> definitions.usableBy(tx, workspaceId, userId, Endpoint.KIND, id))
                .map(Endpoint::of));
  }

  /// @param force detaches it from the tools that use it
  /// @throws Problem 404, 403, or 409 naming what uses it
  public void delete(Caller caller, String id, boolean force) {
    changing(tx -> {
      delete(tx, caller, id, force);
      return true;
    });
  }

  /// The same as part of a larger change.
  public void delete(Tx tx, Caller caller, String id, boolean force) {
    var endpoint = definitions.editable(tx, caller, Endpoint.KIND, id);
    var users = definitions.usedBy(tx, endpoint);
    if (!users.isEmpty() && !force) {
      throw Definitions.inUse(endpoint, users);
    }
    definitions.delete(tx, endpoint);
  }

  private <T> T changing(Function<Tx, T> work) {
    var result = database.inTx(work);
    notices.add(Connections.CHANGED);
    return result;
  }
}
