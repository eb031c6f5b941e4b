package dev.toolwright.api.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.agent.Agent;
import dev.toolwright.agent.Agents;
import dev.toolwright.json.Json;
import dev.toolwright.mcp.Changes;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolSummary;
import dev.toolwright.tool.Tools;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The tools that a caller may use, as MCP lists them: prepared once for whoever asks again within
/// two seconds, until a tool changes.
final class ToolList {
  private static final int PAGE = 500;

  private final Tools tools;
  private final Agents agents;
  private final Changes.Prepared<Key> pages;

  private record Key(Caller caller, @Nullable String agent, String after, boolean isModern) {}

  ToolList(Tools tools, Agents agents, Changes changes) {
    this.tools = tools;
    this.agents = agents;
    this.pages = changes.prepared();
  }

  /// A page as JSON: `{"tools":[…],"nextCursor":…}`.
  ///
  /// @param agent only the tools of this one; null: all
  /// @param after the cursor of the page before; empty: the first
  byte[] page(Caller caller, @Nullable String agent, String after, boolean isModern) {
    return pages.get(
        new Key(caller, agent, after, isModern),
        () -> Json.bytes(read(caller, agent, after, isModern)));
  }

  /// Differs when the list does.
  int fingerprint(Client client) {
    var sum = 1;
    for (String after = ""; after != null; ) {
      var page = page(client.caller(), client.agent(), after, client.isModern());
      sum = 31 * sum + Arrays.hashCode(page);
      var last = Json.stored(new String(page, StandardCharsets.UTF_8)).get("nextCursor");
      after = last == null ? null : last.asString();
    }
    return sum;
  }

  private ObjectNode read(Caller caller, @Nullable String agent, String after, boolean isModern) {
    var result = Json.object();
    var list = result.putArray("tools");
    if (agent == null && after.isEmpty()) {
      // The server's own come first, on the first page.
      tools.available().forEach(tool -> list.add(described(tool, isModern)));
    }
    var found = agent == null ? tools.byName(caller, after, PAGE + 1) : of(caller, agent, after);
    found.stream().limit(PAGE).forEach(tool -> list.add(described(tool, isModern)));
    if (found.size() > PAGE) {
      result.put("nextCursor", found.get(PAGE - 1).name());
    }
    return result;
  }

  private List<ToolSummary> of(Caller caller, String agent, String after) {
    return agents.get(caller, agent).content().tools().stream()
        .flatMap(ref -> tools.byId(caller, ref.id()).stream())
        .map(ToolSummary::of)
        .filter(tool -> tool.name().compareTo(after) > 0)
        .sorted((one, other) -> one.name().compareTo(other.name()))
        .toList();
  }

  /// The tool of a name, if the caller may use it.
  ///
  /// @param agent only if it is one of this one's; null: any
  Optional<Tool> find(Caller caller, @Nullable String agent, String name) {
    var tool = tools.find(caller, name);
    if (agent == null || tool.isEmpty()) {
      return tool;
    }
    Set<String> own =
        agents.get(caller, agent).content().tools().stream()
            .map(Agent.ToolRef::id)
            .collect(Collectors.toSet());
    return tool.filter(one -> own.contains(one.id()));
  }

  private static ObjectNode described(ToolSummary tool, boolean isModern) {
    var content = tool.content();
    var described = Json.object().put("name", tool.name());
    if (content.title() != null) {
      described.put("title", content.title());
    }
    described.put("description", content.description());
    described.set("inputSchema", content.parametersSchema());
    var output = content.outputSchema();
    // Before the stateless revision structured content had to be an object.
    if (output != null && (isModern || output.path("type").asString("").equals("object"))) {
      described.set("outputSchema", output);
    }
    var behavior = content.behavior();
    described
        .putObject("annotations")
        .put("readOnlyHint", behavior.readOnly())
        .put("destructiveHint", behavior.destructive())
        .put("idempotentHint", behavior.idempotent())
        .put("openWorldHint", behavior.openWorld());
    return described;
  }
}
