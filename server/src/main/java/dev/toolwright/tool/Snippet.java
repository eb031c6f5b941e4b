package dev.toolwright.tool;

import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/// Code that several tools can be made of.
///
/// @param name unique in its workspace
public record Snippet(
    String workspaceId,
    String id,
    int version,
    String name,
    Content content,
    String ownerId,
    String ownerName,
    Visibility visibility,
    Instant createdAt,
    Instant updatedAt) {
  static final String KIND = "snippet";

  /// What a version holds, as it is stored.
  ///
  /// @param returnType shown to clients; results are JSON
  /// @param memoryMb MiB that Python code may use; JavaScript has what its worker has
  public record Content(
      String title,
      String description,
      Config.Function function,
      ObjectNode parametersSchema,
      String returnType,
      int timeoutMs,
      int memoryMb) {}

  static Snippet of(Definition definition) {
    return new Snippet(
        definition.workspaceId(),
        definition.id(),
        definition.version(),
        definition.name(),
        Json.read(definition.body(), Content.class),
        definition.ownerId(),
        definition.ownerName(),
        definition.visibility(),
        definition.createdAt(),
        definition.updatedAt());
  }

  /// Its code, within its limit of memory.
  public Config.Function function() {
    return content.function().within(content.memoryMb());
  }

  /// It as a tool of its own, for whoever may use it.
  public Tool asTool() {
    return new Tool(
        workspaceId,
        id,
        version,
        name,
        new Tool.Content(
            content.title(),
            content.description(),
            "general",
            function(),
            content.parametersSchema(),
            null,
            content.function().defaultBehavior(),
            content.timeoutMs(),
            false),
        ownerId,
        ownerName,
        visibility,
        createdAt,
        updatedAt);
  }
}
