package dev.toolwright.connection;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Vault;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Credentials that are kept by themselves. Their owner and admins see that they exist; nobody sees
/// their secrets again.
public final class StoredCredentials {
  private final Database database;
  private final Credentials credentials;
  private final Audit audit;
  private final Logins logins;
  private final CredentialStore store = new CredentialStore();

  public StoredCredentials(Database database, Vault vault, Audit audit, Logins logins) {
    this.database = database;
    this.credentials = new Credentials(vault);
    this.audit = audit;
    this.logins = logins;
  }

  /// @throws Problem 409 when the name is taken
  public StoredCredential create(Caller caller, String name, String description, AuthDraft draft) {
    caller.require(Role.MEMBER);
    return changing(tx -> {
      var held = credentials.replace(tx, caller.workspaceId(), null, draft.given());
      if (held == null) {
        throw Problem.invalid("data must hold the secrets of this type");
      }
      var one =
          new StoredCredential(
              caller.workspaceId(),
              held.id(),
              name,
              description,
              draft.auth(),
              held,
              caller.userId(),
              Instant.EPOCH,
              Instant.EPOCH);
      if (!store.insert(tx, one)) {
        throw Problem.of(
            Problem.Kind.CONFLICT,
            "A credential named " + name + " exists already",
            Map.of("name", name));
      }
      record(tx, caller, "credential_created", one);
      return mine(tx, caller, held.id());
    });
  }

  /// Other secrets or another description; the type stays, and secrets go to new addresses only
  /// when they are given again.
  ///
  /// @param draft null: the secrets stay
  /// @throws Problem 404; 400 for another type
  public StoredCredential update(
      Caller caller, String id, @Nullable String description, @Nullable AuthDraft draft) {
    caller.require(Role.MEMBER);
    return changing(tx -> {
      var old = mine(tx, caller, id);
      var auth = old.auth();
      var held = old.held();
      if (draft != null) {
        if (!draft.auth().type().equals(auth.type())) {
          throw Problem.invalid("type cannot be changed; store a new credential instead");
        }
        var moved = !origins(auth).equals(origins(draft.auth()));
        if (moved && draft.given().isEmpty()) {
          throw Problem.invalid(
              "data must be given again: stored secrets are kept only for the same addresses");
        }
        auth = draft.auth();
        if (!draft.given().isEmpty()) {
          var replaced = credentials.replace(tx, caller.workspaceId(), held, draft.given());
          held = replaced == null ? held : replaced;
        }
      }
      var now =
          new StoredCredential(
              old.workspaceId(),
              id,
              old.name(),
              description == null ? old.description() : description,
              auth,
              held,
              old.ownerId(),
              old.createdAt(),
              old.updatedAt());
      store.update(tx, now);
      record(tx, caller, "credential_updated", now);
      return mine(tx, caller, id);
    });
  }

  /// @throws Problem 404 when it is neither the caller's nor the caller an admin
  public StoredCredential get(Caller caller, String id) {
    return database.direct(tx -> mine(tx, caller, id));
  }

  public List<StoredCredential> list(Caller caller) {
    return database.direct(
        tx -> store.list(tx, caller.workspaceId(), caller.userId(), caller.isAdmin()));
  }

  /// @throws Problem 404, or 409 naming the connections that use it
  public void delete(Caller caller, String id) {
    caller.require(Role.MEMBER);
    changing(tx -> {
      var one = mine(tx, caller, id);
      var users = store.users(tx, one.workspaceId(), id);
      if (!users.isEmpty()) {
        throw Problem.of(
            Problem.Kind.CONFLICT,
            "Cannot delete credential '%s'. It is in use by: %s"
                .formatted(one.name(), String.join(", ", users)),
            Map.of("used_by", users));
      }
      store.delete(tx, one.workspaceId(), id);
      credentials.forget(tx, one.workspaceId(), one.held());
      record(tx, caller, "credential_deleted", one);
      return true;
    });
  }

  private StoredCredential mine(Tx tx, Caller caller, String id) {
    return store
        .find(tx, caller.workspaceId(), id)
        .filter(one -> caller.isAdmin() || one.ownerId().equals(caller.userId()))
        .orElseThrow(() -> Problem.notFound("Credential", id));
  }

  private static Set<String> origins(Auth auth) {
    var origins = new HashSet<String>();
    auth.addresses().forEach(address -> origins.add(Requests.origin(address)));
    return origins;
  }

  private void record(Tx tx, Caller caller, String event, StoredCredential one) {
    audit.record(
        tx,
        one.workspaceId(),
        caller.userId(),
        event,
        one.id(),
        Json.object().put("name", one.name()));
  }

  private <T> T changing(Function<Tx, T> work) {
    var result = database.inTx(work);
    logins.changed();
    return result;
  }
}
