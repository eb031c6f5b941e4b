package dev.toolwright.catalog;

import dev.toolwright.agent.Agents;
import dev.toolwright.definition.Definition;
import dev.toolwright.http.Problem;
import dev.toolwright.tool.Tool;
import java.util.List;
import java.util.Map;

/// The refusal to take away what agents and workflows have.
final class InUse {
  private InUse() {}

  /// @param users of the tool
  /// @param action `delete` or `deactivate`
  /// @param force whether they lose it
  /// @throws Problem 409 naming them
  static void refuse(Tool tool, List<Definition> users, String action, boolean force) {
    if (users.isEmpty() || force) {
      return;
    }
    var agents = users.stream().filter(user -> user.kind().equals(Agents.KIND)).toList();
    var others = users.stream().filter(user -> !user.kind().equals(Agents.KIND)).toList();
    var names = String.join(", ", agents.stream().map(Definition::name).toList());
    var by =
        agents.isEmpty()
            ? others.size() + " workflows"
            : "%d active agent%s: %s"
                .formatted(agents.size(), agents.size() == 1 ? "" : "s", names);
    throw Problem.of(
        Problem.Kind.CONFLICT,
        "Cannot %s tool '%s'. It is in use by %s".formatted(action, Catalog.title(tool), by),
        Map.of("activeAgents", named(agents), "workflows", named(others), "action", action));
  }

  private static List<Map<String, String>> named(List<Definition> users) {
    return users.stream()
        .map(user ->
            Map.of("id", user.id().substring(user.id().indexOf('_') + 1), "name", user.name()))
        .toList();
  }
}
