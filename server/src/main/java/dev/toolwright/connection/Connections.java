package dev.toolwright.connection;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.connection.Connection.Content;
import dev.toolwright.connection.Connection.Retry;
import dev.toolwright.connection.Connection.Sharing;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listed;
import dev.toolwright.definition.Listing;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Vault;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The connections of a workspace: made, found, changed, given credentials and deleted.
public final class Connections {
  static final String CHANGED = "connections-changed";
  private static final int TIMEOUT_MS = 30_000;
  private static final int CONCURRENT = 20;

  private final Database database;
  private final Notices notices;
  private final Definitions definitions;
  private final Vault vault;
  private final Credentials credentials;
  private final Audit audit;
  private final Logins logins;
  private final LoginStore store = new LoginStore();
  private final CredentialStore stored = new CredentialStore();
  private final Fresh<Key, Connection> seen = new Fresh<>();

  private record Key(String workspaceId, String userId, String id) {}

  public Connections(
      Database database,
      Notices notices,
      Definitions definitions,
      Vault vault,
      Audit audit,
      Logins logins) {
    this.database = database;
    this.notices = notices;
    this.definitions = definitions;
    this.vault = vault;
    this.credentials = new Credentials(vault);
    this.audit = audit;
    this.logins = logins;
    notices.subscribe(CHANGED, seen::clear);
  }

  /// Saves a new connection. Every fault of the draft is noted in `in` before anything is refused.
  public Connection create(Caller caller, ConnectionDraft draft, Fields in) {
    return changing(tx -> create(tx, caller, draft, in));
  }

  /// The same as part of a larger change, after which [#changed] is called.
  public Connection create(Tx tx, Caller caller, ConnectionDraft draft, Fields in) {
    caller.require(Role.MEMBER);
    if (draft.name() == null) {
      in.fault("name", "is required");
    }
    if (draft.baseUrl() == null) {
      in.fault("base_url", "is required");
    }
    var said = or(draft.auth(), AuthDraft.NONE);
    var content =
        new Content(
            or(draft.title(), or(draft.name(), "")),
            or(draft.description(), ""),
            or(draft.apiType(), "rest"),
            or(draft.baseUrl(), ""),
            said.auth(),
            or(draft.headers(), Map.of()),
            or(draft.sharing(), Sharing.SHARED),
            draft.credentialId(),
            or(draft.timeoutMs(), TIMEOUT_MS),
            or(draft.retry(), Retry.DEFAULT),
            draft.rateLimit(),
            or(draft.maxConcurrent(), CONCURRENT),
            draft.probe());
    ConnectionDraft.check(content, said, in);
    credential(tx, caller, draft.credentialId(), in);
    in.finish();
    var made =
        Connection.of(
            definitions.create(
                tx,
                caller,
                Connection.KIND,
                Ids.next("conn"),
                or(draft.name(), ""),
                or(draft.visibility(), Visibility.PRIVATE),
                Json.tree(content)));
    hold(tx, made, caller, said, null);
    record(tx, caller, "connection_created", made);
    return made;
  }

  /// Saves the next version with the draft's changes. Stored secrets stay only while they go to the
  /// same origins.
  ///
  /// @throws Problem 404 or 403
  public Connection update(Caller caller, String idOrName, ConnectionDraft draft, Fields in) {
    return changing(tx -> update(tx, caller, idOrName, draft, in));
  }

  /// The same as part of a larger change, after which [#changed] is called.
  public Connection update(
      Tx tx, Caller caller, String idOrName, ConnectionDraft draft, Fields in) {
    var current = editable(tx, caller, idOrName);
    var old = Connection.of(current);
    var before = old.content();
    var said = draft.auth();
    var content =
        new Content(
            or(draft.title(), before.title()),
            or(draft.description(), before.description()),
            or(draft.apiType(), before.apiType()),
            or(draft.baseUrl(), before.baseUrl()),
            said == null ? before.auth() : said.auth(),
            or(draft.headers(), before.headers()),
            or(draft.sharing(), before.sharing()),
            or(draft.credentialId(), before.credentialId()),
            or(draft.timeoutMs(), before.timeoutMs()),
            or(draft.retry(), before.retry()),
            or(draft.rateLimit(), before.rateLimit()),
            or(draft.maxConcurrent(), before.maxConcurrent()),
            or(draft.probe(), before.probe()));
    ConnectionDraft.check(content, or(said, AuthDraft.NONE), in);
    credential(tx, caller, draft.credentialId(), in);
    in.finish();
    var saved =
        Connection.of(
            definitions.update(
                tx,
                caller,
                current,
                or(draft.visibility(), current.visibility()),
                current.name(),
                Json.tree(content)));
    if (said != null || !origins(before).equals(origins(content))) {
      hold(tx, saved, caller, said, old);
    }
    record(tx, caller, "connection_updated", saved);
    return saved;
  }

  /// A credential kept by itself is lent by its owner or an admin only.
  private void credential(Tx tx, Caller caller, @Nullable String id, Fields in) {
    if (id != null
        && stored
            .find(tx, caller.workspaceId(), id)
            .filter(one -> caller.isAdmin() || one.ownerId().equals(caller.userId()))
            .isEmpty()) {
      in.fault("credential_id", "names no credential of yours: " + id);
    }
  }

  /// Puts the secrets of a draft where they belong; whatever no longer does is forgotten.
  ///
  /// @param said null: nothing was said of it
  private void hold(
      Tx tx, Connection now, Caller caller, @Nullable AuthDraft said, @Nullable Connection before) {
    var workspace = now.workspaceId();
    var row = store.find(tx, workspace, now.id(), "");
    var mayKeep = before != null && origins(before.content()).equals(origins(now.content()));
    var wanted =
        said == null
            ? new AuthDraft(now.content().auth(), Map.of(), Credentials.names(row.held()))
            : said;
    if (!wanted.kept().isEmpty() && before != null && !mayKeep) {
      throw Problem.invalid(
          "auth must be given again with its secrets: stored ones are kept only for the same host");
    }
    var values =
        credentials.drafted(
            tx,
            workspace,
            wanted,
            row.held(),
            name -> {
              throw Problem.invalid(
                  "auth."
                      + AuthDraft.spelled(wanted.auth(), name)
                      + " is required: none is stored");
            });
    if (!mayKeep) {
      store.vaultIds(tx, workspace, now.id()).forEach(id -> vault.delete(tx, workspace, id));
      store.forget(tx, workspace, now.id());
    } else if (before != null && !before.content().auth().equals(now.content().auth())) {
      forgetTokens(tx, now);
    }
    store.hold(
        tx,
        workspace,
        now.id(),
        "",
        credentials.replace(tx, workspace, mayKeep ? row.held() : null, values));
    record(tx, caller, "connection_credential_set", now);
  }

  private void forgetTokens(Tx tx, Connection connection) {
    store
        .takeTokens(tx, connection.workspaceId(), connection.id())
        .forEach(id -> vault.delete(tx, connection.workspaceId(), id));
  }

  /// Gives a connection the caller's credential, or, where all share one, that one.
  ///
  /// @throws Problem 404, or 403 for who does not manage a shared one; 400 for another type of auth
  public void credential(Caller caller, String idOrName, AuthDraft draft) {
    caller.require(Role.MEMBER);
    changing(tx -> {
      var connection =
          Connection.of(
              definitions
                  .find(tx, caller, Connection.KIND, idOrName)
                  .orElseThrow(() -> Problem.notFound("Connection", idOrName)));
      if (connection.content().sharing() == Sharing.SHARED) {
        editable(tx, caller, idOrName);
      }
      if (!draft.auth().type().equals(connection.content().auth().type())) {
        throw Problem.invalid("type must be " + connection.content().auth().type());
      }
      var holder = connection.holder(caller.userId());
      var row = store.find(tx, connection.workspaceId(), connection.id(), holder);
      store.hold(
          tx,
          connection.workspaceId(),
          connection.id(),
          holder,
          credentials.replace(tx, connection.workspaceId(), row.held(), draft.given()));
      record(tx, caller, "connection_credential_set", connection);
      return true;
    });
  }

  /// @throws Problem 404 when the caller does not see it
  public Connection get(Caller caller, String idOrName) {
    return database.direct(tx ->
        definitions
            .find(tx, caller, Connection.KIND, idOrName)
            .map(found -> stored.applied(tx, Connection.of(found)))
            .orElseThrow(() -> Problem.notFound("Connection", idOrName)));
  }

  public Listed<Connection> list(Caller caller, Listing listing) {
    return database
        .direct(tx -> definitions.list(tx, caller, Connection.KIND, listing))
        .map(Connection::of);
  }

  /// The names of the secrets that a connection holds for a caller.
  public Set<String> held(Caller caller, Connection connection) {
    return Credentials.names(
        database
            .direct(tx ->
                store.find(
                    tx,
                    connection.workspaceId(),
                    connection.id(),
                    connection.holder(caller.userId())))
            .held());
  }

  /// A connection that a caller may use, for a definition that is about to refer to it.
  public Optional<Connection> usable(Caller caller, String idOrName) {
    return database.direct(tx ->
        definitions
            .usable(tx, caller, Connection.KIND, idOrName)
            .map(found -> stored.applied(tx, Connection.of(found))));
  }

  /// The connection that a user's definition refers to, while they may use it.
  public Optional<Connection> usableBy(String workspaceId, String userId, String id) {
    return seen.get(
        new Key(workspaceId, userId, id),
        () ->
            database.direct(tx ->
                definitions
                    .usableBy(tx, workspaceId, userId, Connection.KIND, id)
                    .map(found -> stored.applied(tx, Connection.of(found)))));
  }

  /// Gives or takes the use of a connection.
  ///
  /// @throws Problem 404 or 403
  public void share(Caller caller, String idOrName, List<String> userIds, boolean give) {
    changing(tx -> {
      definitions.grant(tx, caller, editable(tx, caller, idOrName), userIds, give);
      return true;
    });
  }

  /// @param force detaches it from the tools and endpoints that use it
  /// @throws Problem 404, 403, or 409 naming what uses it
  public void delete(Caller caller, String idOrName, boolean force) {
    changing(tx -> {
      var connection = editable(tx, caller, idOrName);
      var users = definitions.usedBy(tx, connection);
      if (!users.isEmpty() && !force) {
        throw Definitions.inUse(connection, users);
      }
      store
          .vaultIds(tx, connection.workspaceId(), connection.id())
          .forEach(id -> vault.delete(tx, connection.workspaceId(), id));
      store.forget(tx, connection.workspaceId(), connection.id());
      definitions.delete(tx, connection);
      record(tx, caller, "connection_deleted", Connection.of(connection));
      return true;
    });
  }

  private Definition editable(Tx tx, Caller caller, String idOrName) {
    return definitions.editable(tx, caller, Connection.KIND, idOrName);
  }

  /// Where secrets go.
  private static Set<String> origins(Content content) {
    var origins = new HashSet<String>();
    origins.add(Requests.origin(content.baseUrl()));
    content.auth().addresses().forEach(address -> origins.add(Requests.origin(address)));
    return origins;
  }

  private void record(Tx tx, Caller caller, String event, Connection connection) {
    audit.record(
        tx,
        connection.workspaceId(),
        caller.userId(),
        event,
        connection.id(),
        Json.object().put("name", connection.name()));
  }

  /// A connection as it is now, while nobody else changes it.
  ///
  /// @throws Problem 404 or 403
  public Connection locked(Tx tx, Caller caller, String idOrName) {
    return Connection.of(editable(tx, caller, idOrName));
  }

  /// Which of these names connections of the workspace have.
  public Set<String> taken(Tx tx, Caller caller, Set<String> names) {
    return definitions.taken(tx, caller, Connection.KIND, names);
  }

  private <T> T changing(Function<Tx, T> work) {
    var result = database.inTx(work);
    changed();
    return result;
  }

  /// From now on no node answers from what it read of connections and endpoints before.
  public void changed() {
    notices.add(CHANGED);
    logins.changed();
  }

  private static <T extends @Nullable Object> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
