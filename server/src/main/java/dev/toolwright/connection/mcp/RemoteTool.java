package dev.toolwright.connection.mcp;

import dev.toolwright.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A tool as its MCP server describes it.
///
/// @param title empty: none
/// @param outputSchema of `structuredContent`; null: none
public record RemoteTool(
    String name,
    String title,
    String description,
    ObjectNode inputSchema,
    @Nullable ObjectNode outputSchema,
    JsonNode annotations) {
  static RemoteTool of(JsonNode tool) {
    return new RemoteTool(
        tool.path("name").asString(""),
        tool.path("title").asString(tool.path("annotations").path("title").asString("")),
        tool.path("description").asString(""),
        tool.path("inputSchema") instanceof ObjectNode schema
            ? schema
            : Json.object().put("type", "object"),
        tool.path("outputSchema") instanceof ObjectNode schema ? schema : null,
        tool.path("annotations"));
  }
}
