package dev.toolwright.material;

import dev.toolwright.definition.Definition;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Messages that a person sends to a model through their client, with places to be filled.
///
/// @param title for people; null: its name
public record Prompt(
    @Nullable String title, String description, List<Argument> arguments, Config config) {
  public Prompt {
    arguments = List.copyOf(arguments);
  }

  /// @param values that a client may propose; empty: any
  public record Argument(
      String name,
      @Nullable String title,
      String description,
      boolean required,
      List<String> values) {
    public Argument {
      values = List.copyOf(values);
    }
  }

  /// What lists do not show.
  ///
  /// @param messages `{role, content}` as MCP has them, with `{{argument}}` in their texts
  /// @param asks what the client is asked for first, by key: `{method, params}`; a place
  ///   `{{key.field}}` takes a field of the answer
  public record Config(String kind, ArrayNode messages, ObjectNode asks) {}

  public static Prompt of(Definition definition) {
    return Json.read(definition.body(), Prompt.class);
  }

  /// The names of arguments that are required and missing.
  public Set<String> missing(Map<String, String> given) {
    var missing = new TreeSet<String>();
    arguments.stream()
        .filter(argument -> argument.required() && !given.containsKey(argument.name()))
        .forEach(argument -> missing.add(argument.name()));
    return missing;
  }

  /// The messages with their places filled.
  ///
  /// @param answers to what the prompt asks for, by key
  public JsonNode messages(Map<String, String> given, JsonNode answers) {
    return Places.filled(
        config.messages(),
        name -> {
          if (given.containsKey(name)) {
            return Optional.of(given.get(name));
          }
          var dot = name.indexOf('.');
          if (dot > 0) {
            return Optional.of(text(answers.path(name.substring(0, dot)), name.substring(dot + 1)));
          }
          return arguments.stream().anyMatch(argument -> argument.name().equals(name))
              ? Optional.of("")
              : Optional.empty();
        });
  }

  private static String text(JsonNode answer, String field) {
    var value = answer.path("content").path(field);
    return value.isString() ? value.asString() : value.isMissingNode() ? "" : Json.write(value);
  }
}
