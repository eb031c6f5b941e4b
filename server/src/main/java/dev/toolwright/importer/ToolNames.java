package dev.toolwright.importer;

import dev.toolwright.account.Caller;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.tool.ImportedTools;
import java.util.Map;

/// Names of tools that are made of titles.
public final class ToolNames {
  private final Database database;
  private final ImportedTools tools;

  public ToolNames(Database database, ImportedTools tools) {
    this.database = database;
    this.tools = tools;
  }

  /// A name like the title that no tool of the workspace has.
  public String free(Caller caller, String title) {
    return database.direct(tx -> free(tx, caller, title));
  }

  /// The same as part of a larger change.
  public String free(Tx tx, Caller caller, String title) {
    var fitted = FreeNames.fitted(title, "tool");
    var wanted = Map.of("name", fitted.isEmpty() ? "tool" : fitted);
    return FreeNames.unused(wanted, names -> tools.taken(tx, caller, names))
        .getOrDefault("name", "tool");
  }
}
