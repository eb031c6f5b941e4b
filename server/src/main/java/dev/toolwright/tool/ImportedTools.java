package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Tools that an import makes of what a remote offers, each as part of a larger change of
/// [Tools#changing]. The import has checked what it gives.
public final class ImportedTools {
  private final Definitions definitions;
  private final BuiltinTools builtins = new BuiltinTools();

  public ImportedTools(Definitions definitions) {
    this.definitions = definitions;
  }

  /// What an import says of a tool.
  ///
  /// @param config that calls the remote
  /// @param outputSchema null: nothing is said of its results
  public record Draft(
      String name,
      String title,
      String description,
      String category,
      Config config,
      ObjectNode parameters,
      @Nullable ObjectNode outputSchema) {}

  /// A tool, and the definitions that use it.
  public record Touched(Tool tool, List<Definition> users) {}

  /// Which of these names cannot be given to a new tool.
  public Set<String> taken(Tx tx, Caller caller, Set<String> names) {
    var taken = new HashSet<>(definitions.taken(tx, caller, Tools.KIND, names));
    for (var name : names) {
      if (Tools.RESERVED.contains(name)
          || Tools.LIKE_AN_ID.matcher(name).matches()
          || builtins.find(name).isPresent()) {
        taken.add(name);
      }
    }
    return taken;
  }

  /// @throws dev.toolwright.http.Problem 409 when the name is taken
  public Tool create(Tx tx, Caller caller, Draft draft) {
    return create(tx, caller, draft, Visibility.PRIVATE);
  }

  /// @throws dev.toolwright.http.Problem 409 when the name is taken
  public Tool create(Tx tx, Caller caller, Draft draft, Visibility visibility) {
    caller.require(Role.MEMBER);
    var content =
        new Tool.Content(
            draft.title(),
            draft.description(),
            draft.category(),
            draft.config(),
            draft.parameters(),
            draft.outputSchema(),
            draft.config().defaultBehavior(),
            Tool.DEFAULT_TIMEOUT_MS,
            false);
    var made =
        definitions.create(
            tx, caller, Tools.KIND, Ids.next("tool"), draft.name(), visibility, Json.tree(content));
    definitions.refer(tx, made, draft.config().references());
    return Tool.of(made);
  }

  /// Saves the next version; name, category and all that the draft does not say stay.
  ///
  /// @throws dev.toolwright.http.Problem 404 or 403
  public Tool update(Tx tx, Caller caller, String id, Draft draft) {
    return update(tx, caller, id, draft, null, null);
  }

  /// @param category null: as it is
  /// @param visibility null: as it is
  /// @throws dev.toolwright.http.Problem 404 or 403
  public Tool update(
      Tx tx,
      Caller caller,
      String id,
      Draft draft,
      @Nullable String category,
      @Nullable Visibility visibility) {
    var current = definitions.editable(tx, caller, Tools.KIND, id);
    var old = Tool.of(current).content();
    var content =
        new Tool.Content(
            draft.title(),
            draft.description(),
            category == null ? old.category() : category,
            draft.config(),
            draft.parameters(),
            draft.outputSchema() == null ? old.outputSchema() : draft.outputSchema(),
            old.behavior().equals(old.config().defaultBehavior())
                ? draft.config().defaultBehavior()
                : old.behavior(),
            old.timeoutMs(),
            old.requiresAuth());
    return Tool.of(
        definitions.update(
            tx,
            caller,
            current,
            visibility == null ? current.visibility() : visibility,
            current.name(),
            Json.tree(content)));
  }

  /// What uses a tool.
  public List<Definition> users(Tx tx, Tool tool) {
    return definitions.usedBy(tx, tool.workspaceId(), tool.id());
  }

  /// @param force detaches it from the agents that use it
  /// @throws dev.toolwright.http.Problem 404, 403, or 409 naming the agents that use it
  public void delete(Tx tx, Caller caller, String id, boolean force) {
    var tool = definitions.editable(tx, caller, Tools.KIND, id);
    var users = definitions.usedBy(tx, tool);
    if (!users.isEmpty() && !force) {
      throw ToolGrants.inUse(tool, users);
    }
    definitions.delete(tx, tool);
  }

  /// The tool that a definition is, if it is one.
  public Optional<Tool> of(Definition definition) {
    return definition.kind().equals(Tools.KIND)
        ? Optional.of(Tool.of(definition))
        : Optional.empty();
  }

  /// A tool that the caller sees, and what uses it.
  public Optional<Touched> touched(Tx tx, Caller caller, String id) {
    return definitions
        .find(tx, caller, Tools.KIND, id)
        .map(tool -> new Touched(Tool.of(tool), definitions.usedBy(tx, tool)));
  }
}
