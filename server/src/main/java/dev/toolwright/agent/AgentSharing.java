package dev.toolwright.agent;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Caller;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definitions;
import dev.toolwright.http.Problem;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.Tools;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Who may use an agent besides its owner. Whoever runs it does so with their own rights.
public final class AgentSharing {
  private final Database database;
  private final Definitions definitions;
  private final Accounts accounts;
  private final Agents agents;
  private final Tools tools;

  public AgentSharing(
      Database database, Definitions definitions, Accounts accounts, Agents agents, Tools tools) {
    this.database = database;
    this.definitions = definitions;
    this.accounts = accounts;
    this.agents = agents;
    this.tools = tools;
  }

  /// What was shared.
  ///
  /// @param users how many it concerned
  /// @param grantedTools names of the tools that they may use now too
  /// @param withheldTools names of the agent's tools that the caller may not share
  public record Shared(int users, List<String> grantedTools, List<String> withheldTools) {
    public Shared {
      grantedTools = List.copyOf(grantedTools);
      withheldTools = List.copyOf(withheldTools);
    }
  }

  /// Gives users of the workspace the use of an agent, and of those of its tools that the caller
  /// may share.
  ///
  /// @throws Problem 404 for the agent or naming users that the workspace has not, 403
  public Shared grant(Caller caller, String id, List<String> userIds, boolean withTools) {
    var users = userIds.stream().distinct().toList();
    var granted = new ArrayList<String>();
    var withheld = new ArrayList<String>();
    var shareable = withTools ? shareable(caller, id, withheld) : List.<Tool>of();
    return tools.changing(tx -> {
      share(tx, caller, id, users, true);
      for (var tool : shareable) {
        tools.grant(tx, caller, tool.id(), users);
        granted.add(tool.name());
      }
      return new Shared(users.size(), granted, withheld);
    });
  }

  /// Takes the use of an agent back; the grants of its tools stay.
  ///
  /// @throws Problem 404 for the agent or naming users that the workspace has not, 403
  public Shared revoke(Caller caller, String id, List<String> userIds) {
    var users = userIds.stream().distinct().toList();
    return database.inTx(tx -> {
      share(tx, caller, id, users, false);
      return new Shared(users.size(), List.of(), List.of());
    });
  }

  private void share(Tx tx, Caller caller, String id, List<String> users, boolean give) {
    var agent = definitions.editable(tx, caller, Agents.KIND, id);
    var unknown =
        users.stream()
            .filter(user -> accounts.user(tx, caller.workspaceId(), user).isEmpty())
            .toList();
    if (!unknown.isEmpty()) {
      throw Problem.of(
          Problem.Kind.NOT_FOUND,
          "Unknown users: " + String.join(", ", unknown),
          Map.of("user_ids", unknown));
    }
    definitions.grant(tx, caller, agent, users, give);
  }

  private List<Tool> shareable(Caller caller, String id, List<String> withheld) {
    var found = new ArrayList<Tool>();
    for (var ref : agents.get(caller, id).content().tools()) {
      var tool = tools.find(caller, ref.id());
      if (tool.filter(one -> Tools.mayEdit(caller, one)).isPresent()) {
        found.add(tool.get());
      } else if (tool.filter(Tool::isShared).isEmpty()) {
        // What is shared with everybody needs no grant.
        withheld.add(ref.name());
      }
    }
    // Always locked in the same order.
    found.sort(Comparator.comparing(Tool::id));
    return found;
  }
}
