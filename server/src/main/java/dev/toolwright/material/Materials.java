package dev.toolwright.material;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The prompts and resources of a workspace: made, found, changed and deleted. Their bodies are
/// [Prompt] and [Resource].
public final class Materials {
  /// The topic of the notice that one of them changed.
  public static final String CHANGED = "materials-changed";

  private static final int MOST_LISTED = 1_000;

  private final Database database;
  private final Notices notices;
  private final Definitions definitions;

  public Materials(Database database, Notices notices, Definitions definitions) {
    this.database = database;
    this.notices = notices;
    this.definitions = definitions;
  }

  /// @param content a [Prompt] or [Resource]
  /// @throws Problem 403, or 409 when the name is taken
  public Definition create(
      Caller caller, Material kind, String name, boolean shared, Object content) {
    caller.require(Role.MEMBER);
    return changing(tx ->
        definitions.create(
            tx,
            caller,
            kind.kind(),
            Ids.next(kind.prefix()),
            name,
            visibility(shared),
            Json.tree(content)));
  }

  /// Saves the next version.
  ///
  /// @throws Problem 404 or 403
  public Definition update(
      Caller caller, Material kind, String idOrName, boolean shared, Object content) {
    return changing(tx -> {
      var current = definitions.editable(tx, caller, kind.kind(), idOrName);
      return definitions.update(
          tx, caller, current, visibility(shared), current.name(), Json.tree(content));
    });
  }

  private static Visibility visibility(boolean shared) {
    return shared ? Visibility.ORG : Visibility.PRIVATE;
  }

  /// @throws Problem 404 when the caller does not see it
  public Definition get(Caller caller, Material kind, String idOrName) {
    return database
        .direct(tx -> definitions.find(tx, caller, kind.kind(), idOrName))
        .orElseThrow(() -> {
          var title = kind == Material.PROMPT ? "Prompt" : "Resource";
          return Problem.notFound(title, idOrName);
        });
  }

  /// What the caller may use, by name.
  public Optional<Definition> find(Caller caller, Material kind, String name) {
    return database.direct(tx -> definitions.usable(tx, caller, kind.kind(), name));
  }

  /// What the caller may use, by name, without messages and content.
  public List<Definition> list(Caller caller, Material kind) {
    return database.direct(tx -> definitions.byName(tx, caller, kind.kind(), "", MOST_LISTED));
  }

  /// @throws Problem 404 or 403
  public Definition delete(Caller caller, Material kind, String idOrName) {
    return changing(tx -> {
      var current = definitions.editable(tx, caller, kind.kind(), idOrName);
      definitions.delete(tx, current);
      return current;
    });
  }

  private <T> T changing(Function<Tx, T> work) {
    var result = database.inTx(work);
    notices.add(CHANGED);
    return result;
  }
}
