package dev.toolwright.tool;

import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The tools that come with the server: everybody's to use, nobody's to change, in no database.
/// Their names are taken in every workspace.
final class BuiltinTools {
  private static final int TIMEOUT_MS = 30_000;

  private final Map<String, Tool> byName = new LinkedHashMap<>();
  private final Map<String, Tool> byId = new LinkedHashMap<>();

  BuiltinTools() {
    for (var definition : Json.stored(resource())) {
      var tool = tool(definition, byName.size() + 1);
      byName.put(tool.name(), tool);
      byId.put(tool.id(), tool);
    }
  }

  /// @param categories any of these; empty: all
  List<ToolSummary> summaries(List<String> categories) {
    return summaries(
        tool -> categories.isEmpty() || categories.contains(tool.content().category()));
  }

  List<ToolSummary> summaries(Predicate<Tool> which) {
    return byName.values().stream().filter(which).map(ToolSummary::of).toList();
  }

  Optional<Tool> find(String idOrName) {
    return Optional.ofNullable(byName.getOrDefault(idOrName, byId.get(idOrName)));
  }

  /// @param number of the tool in the list, which therefore only grows at its end: agents refer to
  ///   the id
  private static Tool tool(JsonNode json, int number) {
    var name = json.path("name").asString();
    var behavior =
        new Behavior(
            json.path("read_only").asBoolean(),
            json.path("idempotent").asBoolean(),
            false,
            json.path("open_world").asBoolean());
    var content =
        new Tool.Content(
            null,
            json.path("description").asString(),
            json.path("category").asString(),
            new Config.Builtin(name),
            (ObjectNode) json.path("parameters_schema"),
            null,
            behavior,
            TIMEOUT_MS,
            false);
    return new Tool(
        "",
        "tool_%024x".formatted(number),
        1,
        name,
        content,
        "",
        "Toolwright",
        Visibility.PUBLIC,
        Instant.EPOCH,
        Instant.EPOCH);
  }

  private static String resource() {
    try (var in = BuiltinTools.class.getResourceAsStream("/tools/builtin.json")) {
      if (in == null) {
        throw new IllegalStateException("missing resource builtin.json");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
