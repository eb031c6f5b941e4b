package dev.toolwright.connection;

import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// One operation of a connection, which tools can be made of.
public record Endpoint(
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
  static final String KIND = "endpoint";

  /// What a version holds, as it is stored.
  ///
  /// @param parametersSchema of the arguments
  /// @param responseSchema what answers must fit; null: anything
  /// @param timeoutMs null: that of the connection
  /// @param declared parameters and bodies in the words they were given in, to be shown again
  public record Content(
      String connectionId,
      String title,
      String description,
      Operation operation,
      ObjectNode parametersSchema,
      @Nullable ObjectNode responseSchema,
      @Nullable Integer timeoutMs,
      ObjectNode declared) {}

  /// What somebody wants an endpoint to be.
  public record Draft(String name, Content content) {}

  static Endpoint of(Definition definition) {
    return new Endpoint(
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
}
