package dev.toolwright.agent;

import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// An agent in one of its versions.
public record Agent(
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
  /// @param instructions at most 32 000 characters
  /// @param model any name; it is mapped when the agent runs
  /// @param temperature 0 to 2
  public record Content(
      String description,
      String instructions,
      String model,
      double temperature,
      List<ToolRef> tools,
      JsonNode metadata) {
    public Content {
      tools = List.copyOf(tools);
    }

    private Content having(Set<String> attached) {
      var kept = tools.stream().filter(tool -> attached.contains(tool.id())).toList();
      return new Content(description, instructions, model, temperature, kept, metadata);
    }
  }

  /// A tool that an agent may use, by id; the name is what it was called when it was chosen.
  public record ToolRef(String id, String name) {}

  /// @param attached ids of the tools it has now: of those it was made with, some may be deleted
  static Agent of(Definition definition, Set<String> attached) {
    return new Agent(
        definition.workspaceId(),
        definition.id(),
        definition.version(),
        definition.name(),
        Json.read(definition.body(), Content.class).having(attached),
        definition.ownerId(),
        definition.ownerName(),
        definition.visibility(),
        definition.createdAt(),
        definition.updatedAt());
  }
}
