package dev.toolwright.definition;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Versions, visibility, grants and references of everything that people define. A caller sees a
/// definition that is their own, granted to them, of their workspace (`org`) or of the server
/// (`public`); an admin sees all of the workspace, but uses only what a member in their place could
/// use. What is not seen does not exist.
public final class Definitions {
  private final DefinitionStore store = new DefinitionStore();
  private final RevisionStore revisions = new RevisionStore();

  /// Stores version 1.
  ///
  /// @throws Problem 409 when the name of anything but an agent, workflow or endpoint is taken in
  ///   the workspace
  public Definition create(
      Tx tx,
      Caller caller,
      String kind,
      String id,
      String name,
      Visibility visibility,
      JsonNode body) {
    caller.require(Role.MEMBER);
    if (!store.insert(tx, caller, kind, id, name, visibility)) {
      throw Problem.of(
          Problem.Kind.CONFLICT,
          "A " + kind + " named " + name + " exists already",
          Map.of("name", name));
    }
    store.insertRevision(tx, caller, id, 1, body, hash(body));
    return byId(tx, caller, kind, id);
  }

  /// Stores the next version, or none when nothing changed.
  ///
  /// @param current as [#editable] gave it, locked
  public Definition update(
      Tx tx, Caller caller, Definition current, Visibility visibility, String name, JsonNode body) {
    var changed = !Json.canonical(body).equals(Json.canonical(current.body()));
    var version = changed ? current.version() + 1 : current.version();
    if (changed) {
      store.insertRevision(tx, caller, current.id(), version, body, hash(body));
    }
    store.update(tx, current, name, visibility, version);
    return byId(tx, caller, current.kind(), current.id());
  }

  /// Soft: its versions stay for the records, its name is free again. Running jobs may not call it
  /// any more, as with any right that is taken away. and nothing refers to it any more.
  public void delete(Tx tx, Definition definition) {
    store.delete(tx, definition);
  }

  /// @throws Problem 404 when the caller does not see it
  public Definition byId(Tx tx, Caller caller, String kind, String id) {
    return store
        .find(tx, caller, DefinitionStore.Right.SEE, kind, id, null)
        .orElseThrow(() -> Problem.notFound(title(kind), id));
  }

  /// What the caller sees by id, or what has a name of its own by that; the caller's workspace wins
  /// over what others published.
  public Optional<Definition> find(Tx tx, Caller caller, String kind, String idOrName) {
    return store.find(tx, caller, DefinitionStore.Right.SEE, kind, idOrName, idOrName);
  }

  /// What the caller may use, found in the same way.
  public Optional<Definition> usable(Tx tx, Caller caller, String kind, String idOrName) {
    return store.find(tx, caller, DefinitionStore.Right.USE, kind, idOrName, idOrName);
  }

  /// What the caller may use, by id alone: for what is stored as a reference.
  public Optional<Definition> usableById(Tx tx, Caller caller, String kind, String id) {
    return store.find(tx, caller, DefinitionStore.Right.USE, kind, id, null);
  }

  /// What a user may use by id, whoever is calling: for what a definition of theirs refers to.
  public Optional<Definition> usableBy(
      Tx tx, String workspaceId, String userId, String kind, String id) {
    var user = new Caller(workspaceId, userId, "", Role.MEMBER, 0, Set.of());
    return store.find(tx, user, DefinitionStore.Right.USE, kind, id, null);
  }

  /// The same, locked, for a caller who may change it.
  ///
  /// @throws Problem 404 when unseen, 403 when seen but neither owned nor administered
  public Definition editable(Tx tx, Caller caller, String kind, String idOrName) {
    var definition =
        find(tx, caller, kind, idOrName).orElseThrow(() -> Problem.notFound(title(kind), idOrName));
    if (!mayEdit(caller, definition.workspaceId(), definition.ownerId())) {
      throw Problem.of(
          Problem.Kind.FORBIDDEN, "Only its owner or an admin may change this " + kind);
    }
    store.lock(tx, definition);
    return byId(tx, caller, kind, definition.id());
  }

  /// The one rule of who may change a definition: a member who owns it, or an admin of its
  /// workspace.
  public static boolean mayEdit(Caller caller, String workspaceId, String ownerId) {
    return workspaceId.equals(caller.workspaceId())
        && caller.role().includes(Role.MEMBER)
        && (ownerId.equals(caller.userId()) || caller.isAdmin());
  }

  /// What the caller may use, newest first. Of a body's `config` only its `kind` is there: lists
  /// show no code.
  public Listed<Definition> list(Tx tx, Caller caller, String kind, Listing listing) {
    var page = store.list(tx, caller, kind, listing);
    return new Listed<>(
        page, listing.isWhole() ? page.size() : store.count(tx, caller, kind, listing));
  }

  /// At most `limit` by name, each name once (as [#usable] would find it), after a name.
  public List<Definition> byName(Tx tx, Caller caller, String kind, String after, int limit) {
    return store.byName(tx, caller, kind, after, limit);
  }

  /// Which definitions a list holds.
  public enum Scope {
    MINE,
    /// Mine, and what was granted to me or is `org` or `public`.
    USABLE
  }

  /// A definition in a given version, if the caller still may use it.
  public Optional<Definition> pinned(Tx tx, Caller caller, String kind, String id, int version) {
    return usableById(tx, caller, kind, id).flatMap(now -> store.revision(tx, now, version));
  }

  /// A version of a definition that the caller was given.
  public Optional<Definition> revision(Tx tx, Definition now, int version) {
    return store.revision(tx, now, version);
  }

  /// Every version, the newest first.
  public List<Revision> revisions(Tx tx, Definition definition) {
    return revisions.list(tx, definition);
  }

  /// Gives users of the workspace the use of a definition, or takes it back.
  public void grant(
      Tx tx, Caller caller, Definition definition, List<String> userIds, boolean give) {
    store.grant(tx, caller, definition, userIds, give);
  }

  /// The ids of what was granted to a user by name.
  public Set<String> granted(Tx tx, Caller user) {
    return store.granted(tx, user);
  }

  /// What `from` uses, replacing what it used before.
  public void refer(Tx tx, Definition from, Set<String> toIds) {
    store.refer(tx, from, toIds);
  }

  /// What each of these uses now, by its id. A deleted definition is used by nobody, whatever their
  /// bodies still say.
  public Map<String, Set<String>> references(Tx tx, List<Definition> from) {
    return store.references(tx, from);
  }

  /// The live definitions that use this one.
  public List<Definition> usedBy(Tx tx, Definition definition) {
    return usedBy(tx, definition.workspaceId(), definition.id());
  }

  /// The same of one that is known by its id.
  public List<Definition> usedBy(Tx tx, String workspaceId, String id) {
    return store.usedBy(tx, workspaceId, id);
  }

  /// The refusal to delete what others need.
  public static Problem inUse(Definition one, List<Definition> users) {
    return Problem.of(
        Problem.Kind.CONFLICT,
        "Cannot delete %s '%s'. It is in use by: %s"
            .formatted(
                one.kind(),
                one.name(),
                String.join(", ", users.stream().map(Definition::name).toList())),
        Map.of(
            "used_by",
            users.stream()
                .map(user -> Map.of("id", user.id(), "kind", user.kind(), "name", user.name()))
                .toList(),
            "action",
            "Change or delete these first, or delete with ?force=true"));
  }

  /// Which of these names things of a kind have in the caller's workspace, seen by the caller or
  /// not.
  public Set<String> taken(Tx tx, Caller caller, String kind, Set<String> names) {
    return store.taken(tx, caller.workspaceId(), kind, names);
  }

  private static String title(String kind) {
    return Character.toUpperCase(kind.charAt(0)) + kind.substring(1);
  }

  private static byte[] hash(JsonNode body) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(Json.canonical(body).getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
