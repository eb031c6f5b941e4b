package dev.toolwright.api.agents;

import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Complete tool definitions, in this face's own words, that people begin with.
final class ToolTemplates {
  static final String[] FIELDS = fields();

  private final ObjectNode templates = Json.object();

  ToolTemplates() {
    for (var definition : Json.stored(resource("templates.json"))) {
      var template = (ObjectNode) definition;
      var name = template.path("name").asString();
      if (template.path("tool_type").asString().equals("function")) {
        template
            .putObject("implementation")
            .put("code", resource(name + ".py"))
            .put("function_name", name);
      }
      templates.set(name, template);
    }
  }

  private static String[] fields() {
    var fields = new ArrayList<>(List.of(ToolBody.FIELDS));
    fields.add("template");
    return fields.toArray(String[]::new);
  }

  ObjectNode shown() {
    var shown = Json.object().put("response", "200");
    shown.set("templates", templates.deepCopy());
    return shown.put("count", templates.size());
  }

  /// The body with what its `template` adds. Its own fields win, those of `implementation` one by
  /// one unless it is of another type.
  ///
  /// @throws Problem 400 for an unknown template
  ObjectNode completed(ObjectNode body) {
    var name = body.path("template");
    if (name.isMissingNode() || name.isNull()) {
      return body;
    }
    if (!name.isString() || !templates.has(name.asString())) {
      throw Problem.invalid(
          "template must be one of " + String.join(", ", templates.propertyNames()));
    }
    var completed = (ObjectNode) templates.path(name.asString()).deepCopy();
    var sameType =
        !body.has("tool_type") || body.path("tool_type").equals(completed.path("tool_type"));
    for (var field : body.properties()) {
      JsonNode value = field.getValue();
      if (field.getKey().equals("implementation")
          && sameType
          && value.isObject()
          && completed.path("implementation") instanceof ObjectNode implementation) {
        implementation.setAll((ObjectNode) value);
      } else if (!field.getKey().equals("template")) {
        completed.set(field.getKey(), value);
      }
    }
    return completed;
  }

  private static String resource(String name) {
    try (var in = ToolTemplates.class.getResourceAsStream("/tools/" + name)) {
      if (in == null) {
        throw new IllegalStateException("missing resource " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
