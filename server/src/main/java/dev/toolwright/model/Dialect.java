package dev.toolwright.model;

import dev.toolwright.json.Json;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// How a provider wants tools described, for people who paste them into a request of their own.
/// Names and schemas are fitted to what the provider takes.
public enum Dialect {
  OPENAI,
  ANTHROPIC;

  /// As the API spells it, such as `openai`.
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Dialect> of(String key) {
    return Arrays.stream(values()).filter(dialect -> dialect.key().equals(key)).findFirst();
  }

  public ArrayNode functions(List<ToolSpec> tools) {
    var names = new ToolNames(tools);
    var functions = Json.array();
    tools.forEach(tool -> functions.add(function(tool, names)));
    return functions;
  }

  private ObjectNode function(ToolSpec tool, ToolNames names) {
    return switch (this) {
      case OPENAI -> OpenAiRequest.tool(tool, names);
      case ANTHROPIC -> {
        var function = Json.object().put("name", names.outward(tool.name()));
        function.put("description", tool.description());
        function.set("input_schema", ToolSchema.fitted(tool.parametersSchema()));
        yield function;
      }
    };
  }
}
