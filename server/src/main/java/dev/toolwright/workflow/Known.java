package dev.toolwright.workflow;

import dev.toolwright.account.Caller;
import dev.toolwright.agent.Agents;
import dev.toolwright.database.Database;
import dev.toolwright.definition.Definitions;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.Tools;
import java.util.Optional;

/// What the steps of a caller's workflow may name.
final class Known {
  private final Caller caller;
  private final Tools tools;
  private final Database database;
  private final Definitions definitions;

  Known(Caller caller, Tools tools, Database database, Definitions definitions) {
    this.caller = caller;
    this.tools = tools;
    this.database = database;
    this.definitions = definitions;
  }

  Optional<Tool> tool(String idOrName) {
    return tools.find(caller, idOrName);
  }

  boolean isAgent(String id) {
    return isUsable(Agents.KIND, id);
  }

  boolean isWorkflow(String id) {
    return isUsable(Workflows.KIND, id);
  }

  private boolean isUsable(String kind, String id) {
    return database.direct(tx -> definitions.usableById(tx, caller, kind, id)).isPresent();
  }
}
