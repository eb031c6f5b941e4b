package dev.toolwright.tool;

import dev.toolwright.database.Tx;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Whether tools may be given to new agents: the catalogue switches them off.
public final class ToolStatusStore {
  /// Which of these are switched off, by id.
  public Set<String> inactive(Tx tx, List<Tool> tools) {
    if (tools.isEmpty()) {
      return Set.of();
    }
    return tx
        .handle()
        .createQuery(
            """
            select s.tool_id from tool_service s
            join unnest(:workspaces, :tools) as one (workspace_id, tool_id)
              on s.workspace_id = one.workspace_id and s.tool_id = one.tool_id
            where s.status = 'inactive'
            """)
        .bindArray("workspaces", String.class, tools.stream().map(Tool::workspaceId).toList())
        .bindArray("tools", String.class, tools.stream().map(Tool::id).toList())
        .mapTo(String.class)
        .stream()
        .collect(Collectors.toSet());
  }
}
