package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Users;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listed;
import dev.toolwright.definition.Listing;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The tools of one user: which they may use, and which an admin grants them by name.
public final class ToolGrants {
  private final Database database;
  private final Notices notices;
  private final Definitions definitions;
  private final Users users;
  private final Audit audit;

  public ToolGrants(
      Database database, Notices notices, Definitions definitions, Users users, Audit audit) {
    this.database = database;
    this.notices = notices;
    this.definitions = definitions;
    this.users = users;
    this.audit = audit;
  }

  /// What the user may use, newest first.
  ///
  /// @param userId `me` is the caller
  /// @param limit at most so many, from `offset` on
  /// @throws Problem 404 for a user whom the caller does not see
  public Listed<ToolAccess> of(Caller caller, String userId, long offset, int limit) {
    return database.inTx(tx -> {
      var user = users.seen(tx, caller, userId).caller();
      var granted = definitions.granted(tx, user);
      var listing = new Listing(Definitions.Scope.USABLE, List.of(), limit, offset);
      return definitions
          .list(tx, user, Tools.KIND, listing)
          .map(tool ->
              new ToolAccess(
                  tool.id(), tool.name(), tool.ownerName(), reason(user, tool, granted)));
    });
  }

  private static ToolAccess.Reason reason(Caller user, Definition tool, Set<String> granted) {
    if (tool.workspaceId().equals(user.workspaceId()) && tool.ownerId().equals(user.userId())) {
      return ToolAccess.Reason.OWNER;
    }
    if (granted.contains(tool.id())) {
      return ToolAccess.Reason.GRANTED;
    }
    return tool.visibility() == Visibility.PUBLIC
        ? ToolAccess.Reason.PUBLIC
        : ToolAccess.Reason.ORG;
  }

  /// Grants the user tools of the workspace, or takes grants back, all or none. What they own or
  /// what is shared with everybody stays usable without a grant.
  ///
  /// @param names names or ids of tools
  /// @throws Problem 403, 404 for the user, 404 naming every tool that the workspace has not
  public void change(Caller caller, String userId, List<String> names, boolean give) {
    caller.requireAdministration();
    database.useTx(tx -> {
      var user = users.seen(tx, caller, userId);
      for (var tool : named(tx, caller, names)) {
        definitions.grant(tx, caller, tool, List.of(user.id()), give);
        audit.record(
            tx,
            caller.workspaceId(),
            caller.userId(),
            give ? "tool_granted" : "tool_revoked",
            tool.id(),
            Json.object().put("user_id", user.id()).put("tool", tool.name()));
      }
    });
    notices.add(Tools.CHANGED);
  }

  private List<Definition> named(Tx tx, Caller caller, List<String> names) {
    var found = new ArrayList<Definition>();
    var missing = new ArrayList<String>();
    for (var name : names.stream().distinct().toList()) {
      definitions
          .find(tx, caller, Tools.KIND, name)
          .filter(tool -> tool.workspaceId().equals(caller.workspaceId()))
          .ifPresentOrElse(found::add, () -> missing.add(name));
    }
    if (!missing.isEmpty()) {
      throw Problem.of(
          Problem.Kind.NOT_FOUND,
          "Unknown tools: " + String.join(", ", missing),
          Map.of("tools", missing));
    }
    return found;
  }

  /// The refusal to delete a tool that agents use.
  static Problem inUse(Definition tool, List<Definition> users) {
    var names = users.stream().map(Definition::name).toList();
    return Problem.of(
        Problem.Kind.CONFLICT,
        "Cannot delete tool '%s'. It is in use by %d active agents: %s"
            .formatted(tool.name(), users.size(), String.join(", ", names)),
        Map.of(
            "activeAgents",
            users.stream().map(user -> Map.of("id", user.id(), "name", user.name())).toList(),
            "action",
            "Remove the tool from these agents first, or delete with ?force=true"));
  }
}
