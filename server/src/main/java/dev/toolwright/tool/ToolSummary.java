package dev.toolwright.tool;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A tool as lists show it: its current version without what it is made of.
public record ToolSummary(
    String id, String name, Content content, Visibility visibility, Instant createdAt) {
  /// The part of a version that lists show.
  @JsonIgnoreProperties({"timeoutMs", "approval"})
  public record Content(
      @Nullable String title,
      String description,
      String category,
      Kind config,
      ObjectNode parametersSchema,
      @Nullable ObjectNode outputSchema,
      Behavior behavior,
      boolean requiresAuth) {}

  /// @param kind as [Config#kind] has it
  public record Kind(String kind) {}

  static ToolSummary of(Definition definition) {
    return new ToolSummary(
        definition.id(),
        definition.name(),
        Json.read(definition.body(), Content.class),
        definition.visibility(),
        definition.createdAt());
  }

  public static ToolSummary of(Tool tool) {
    var content = tool.content();
    return new ToolSummary(
        tool.id(),
        tool.name(),
        new Content(
            content.title(),
            content.description(),
            content.category(),
            new Kind(content.config().kind()),
            content.parametersSchema(),
            content.outputSchema(),
            content.behavior(),
            content.requiresAuth()),
        tool.visibility(),
        tool.createdAt());
  }

  public boolean isShared() {
    return visibility != Visibility.PRIVATE;
  }
}
