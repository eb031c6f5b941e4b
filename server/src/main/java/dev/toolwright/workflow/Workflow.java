package dev.toolwright.workflow;

import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/// A workflow in one of its versions.
public record Workflow(
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
  /// @param source how it was spelled: `flow_type` and `agents`, or `steps`
  /// @param graph what that means
  public record Content(String description, ObjectNode source, Graph graph) {
    /// Whether it was spelled as a flow of agents.
    public boolean isFlow() {
      return source.has("flow_type");
    }
  }

  static Workflow of(Definition definition) {
    return new Workflow(
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
