package dev.toolwright.model;

import dev.toolwright.json.Json;
import tools.jackson.databind.JsonNode;

/// A model's wish to call a tool.
///
/// @param id unique within the reply it came in
/// @param name as the model wrote it: there may be no such tool
/// @param arguments as the model wrote them: often, not always, a JSON object
public record ToolUse(String id, String name, String arguments) {
  JsonNode toJson() {
    return Json.object().put("id", id).put("name", name).put("arguments", arguments);
  }

  static ToolUse fromJson(JsonNode json) {
    return new ToolUse(
        json.required("id").stringValue(),
        json.required("name").stringValue(),
        json.required("arguments").stringValue());
  }
}
