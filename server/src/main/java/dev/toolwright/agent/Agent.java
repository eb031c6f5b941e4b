package dev.toolwright.agent;

import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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
  public static final int MAX_INSTRUCTIONS = 32_000;

  /// What a version holds, as it is stored.
  ///
  /// @param instructions at most 32 000 characters
  /// @param model any name; it is mapped when the agent runs
  /// @param temperature 0 to 2
  /// @param lineage what it was made from, the nearest first; empty: from nothing
  public record Content(
      String description,
      String instructions,
      String model,
      double temperature,
      List<ToolRef> tools,
      JsonNode metadata,
      List<Ancestor> lineage) {
    public Content {
      tools = List.copyOf(tools);
      // Absent in what was stored before there were bases.
      lineage = lineage == null ? List.of() : List.copyOf(lineage);
    }

    /// The template or agent it was made from; null: none.
    public @Nullable String base() {
      return lineage.isEmpty() ? null : lineage.getFirst().id();
    }

    private Content having(Set<String> attached) {
      var kept = tools.stream().filter(tool -> attached.contains(tool.id())).toList();
      return new Content(description, instructions, model, temperature, kept, metadata, lineage);
    }
  }

  /// A tool that an agent may use, by id; the name is what it was called when it was chosen.
  public record ToolRef(String id, String name) {}

  /// A base that an agent was made from, directly or through others.
  ///
  /// @param id of a template or an agent
  /// @param version of the agent then; null: a template
  public record Ancestor(String id, @Nullable Integer version) {}

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
