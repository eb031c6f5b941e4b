package dev.toolwright.tool;

import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/// A tool in one of its versions.
///
/// @param name unique in its workspace; letters, digits, `_` and `-`, at most 64
public record Tool(
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
  /// What a version holds, as it is stored.
  ///
  /// @param timeoutMs of one attempt, 100 to 300 000
  /// @param requiresAuth shown to clients; never loosens anything
  public record Content(
      String description,
      String category,
      Config config,
      ObjectNode parametersSchema,
      Behavior behavior,
      int timeoutMs,
      boolean requiresAuth) {}

  static Tool of(Definition definition) {
    return new Tool(
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

  public Duration timeout() {
    return Duration.ofMillis(content.timeoutMs());
  }

  public boolean isShared() {
    return visibility != Visibility.PRIVATE;
  }
}
