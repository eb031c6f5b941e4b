package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listed;
import dev.toolwright.definition.Listing;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import java.util.Optional;
import java.util.function.Function;

/// The snippets of a workspace: made, found, changed and deleted. Their code is parsed when it is
/// saved, never run.
public final class Snippets {
  private static final String CHANGED = "snippets-changed";

  private final Database database;
  private final Notices notices;
  private final Definitions definitions;
  private final Schemas schemas;
  private final Runner functions;
  private final Fresh<Key, Snippet> seen = new Fresh<>();

  private record Key(String workspaceId, String userId, String id) {}

  /// @param functions runs [Config.Function]
  public Snippets(
      Database database,
      Notices notices,
      Definitions definitions,
      Schemas schemas,
      Runner functions) {
    this.database = database;
    this.notices = notices;
    this.definitions = definitions;
    this.schemas = schemas;
    this.functions = functions;
    notices.subscribe(CHANGED, seen::clear);
  }

  /// Saves a new snippet. Every fault is noted in `in` before anything is refused.
  ///
  /// @throws Problem 409 when the name is taken
  public Snippet create(
      Caller caller, String name, Snippet.Content content, boolean shared, Fields in)
      throws InterruptedException {
    caller.require(Role.MEMBER);
    var checked = checked(caller, content, in);
    in.finish();
    return changing(tx ->
        Snippet.of(
            definitions.create(
                tx,
                caller,
                Snippet.KIND,
                Ids.next("snip"),
                name,
                shared ? Visibility.ORG : Visibility.PRIVATE,
                Json.tree(checked))));
  }

  /// Saves the next version.
  ///
  /// @throws Problem 404 or 403
  public Snippet update(
      Caller caller, String idOrName, Snippet.Content content, boolean shared, Fields in)
      throws InterruptedException {
    var checked = checked(caller, content, in);
    in.finish();
    return changing(tx -> {
      var current = definitions.editable(tx, caller, Snippet.KIND, idOrName);
      return Snippet.of(
          definitions.update(
              tx,
              caller,
              current,
              shared ? Visibility.ORG : Visibility.PRIVATE,
              current.name(),
              Json.tree(checked)));
    });
  }

  private Snippet.Content checked(Caller caller, Snippet.Content content, Fields in)
      throws InterruptedException {
    for (var fault : schemas.faultsOf(content.parametersSchema())) {
      in.fault("parameters" + (fault.path().isEmpty() ? "" : "." + fault.path()), fault.message());
    }
    var function = (Config.Function) functions.check(caller, content.function(), in);
    return new Snippet.Content(
        content.title(),
        content.description(),
        function,
        content.parametersSchema(),
        content.returnType(),
        content.timeoutMs(),
        content.memoryMb());
  }

  /// @throws Problem 404 when the caller does not see it
  public Snippet get(Caller caller, String idOrName) {
    return database.direct(tx ->
        definitions
            .find(tx, caller, Snippet.KIND, idOrName)
            .map(Snippet::of)
            .orElseThrow(() -> Problem.notFound("Snippet", idOrName)));
  }

  /// A snippet to be run.
  ///
  /// @throws Problem 404 when the caller does not see it, 403 when an admin sees it but was not
  ///   given its use
  public Snippet callable(Caller caller, String idOrName) {
    var snippet = get(caller, idOrName);
    return usableBy(caller.workspaceId(), caller.userId(), snippet.id())
        .orElseThrow(() ->
            Problem.of(
                Problem.Kind.FORBIDDEN,
                "You may see and change this snippet as an admin, but not run it"));
  }

  public Listed<Snippet> list(Caller caller, Listing listing) {
    return database
        .direct(tx -> definitions.list(tx, caller, Snippet.KIND, listing))
        .map(Snippet::of);
  }

  /// The snippet that a user's definition refers to, while they may use it.
  public Optional<Snippet> usableBy(String workspaceId, String userId, String id) {
    return seen.get(
        new Key(workspaceId, userId, id),
        () ->
            database.direct(tx ->
                definitions.usableBy(tx, workspaceId, userId, Snippet.KIND, id).map(Snippet::of)));
  }

  /// @param force detaches it from the tools that use it
  /// @throws Problem 404, 403, or 409 naming what uses it
  public void delete(Caller caller, String idOrName, boolean force) {
    changing(tx -> {
      var snippet = definitions.editable(tx, caller, Snippet.KIND, idOrName);
      var users = definitions.usedBy(tx, snippet);
      if (!users.isEmpty() && !force) {
        throw Definitions.inUse(snippet, users);
      }
      definitions.delete(tx, snippet);
      return true;
    });
  }

  private <T> T changing(Function<Tx, T> work) {
    var result = database.inTx(work);
    notices.add(CHANGED);
    return result;
  }
}
