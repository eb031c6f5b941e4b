package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.credit.Credits;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.database.Database;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Revision;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import java.util.List;
import java.util.Objects;

/// The versions of tools.
public final class ToolVersions {
  private final Database database;
  private final Definitions definitions;
  private final Credits credits;
  private final Tools tools;

  public ToolVersions(Database database, Definitions definitions, Credits credits, Tools tools) {
    this.database = database;
    this.definitions = definitions;
    this.credits = credits;
    this.tools = tools;
  }

  /// The newest first.
  ///
  /// @throws Problem 404 when the caller does not see the tool
  public List<Revision> list(Caller caller, String idOrName) {
    var tool = tools.get(caller, idOrName);
    return database.direct(
        tx -> definitions.revisions(tx, definitions.byId(tx, caller, Tools.KIND, tool.id())));
  }

  /// Saves the next version with what an earlier one was. Secrets are not kept in versions, so one
  /// that had others does not come back.
  ///
  /// @throws Problem 404 for the tool or the version, 403, 409 when its secrets were others
  public Tool rollback(Caller caller, String idOrName, int version) {
    return tools.changing(tx -> {
      var current = definitions.editable(tx, caller, Tools.KIND, idOrName);
      var old =
          definitions
              .revision(tx, current, version)
              .orElseThrow(() -> Problem.notFound("Version", String.valueOf(version)));
      var config = Tool.of(old).content().config();
      if (!Objects.equals(
          ToolSecrets.stored(config), ToolSecrets.stored(Tool.of(current).content().config()))) {
        throw Problem.of(
            Problem.Kind.CONFLICT,
            "Version "
                + version
                + " had other secrets, which are gone: save the tool anew with its secrets");
      }
      credits.charge(
          tx, caller.workspaceId(), caller.userId(), PricedAction.TOOL_UPDATE, Ids.next("charge"));
      var saved =
          definitions.update(tx, caller, current, current.visibility(), current.name(), old.body());
      definitions.refer(tx, saved, config.references());
      return Tool.of(saved);
    });
  }
}
