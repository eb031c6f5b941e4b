package dev.toolwright.importer.openapi;

import dev.toolwright.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Files in a `multipart/form-data` body: the document says binary text, a model sends an object.
final class FileArguments {
  private FileArguments() {}

  static JsonNode inside(JsonNode schema) {
    if (isFile(schema)) {
      return file(schema);
    }
    if (schema instanceof ObjectNode list && isFile(list.path("items"))) {
      list.set("items", file(list.path("items")));
    }
    return schema;
  }

  private static boolean isFile(JsonNode schema) {
    return schema.path("type").toString().contains("string")
        && (schema.path("format").asString("").equals("binary")
            || (schema.has("contentMediaType") && !schema.has("contentEncoding")));
  }

  private static ObjectNode file(JsonNode schema) {
    var file = Json.object().put("type", "object");
    file.put(
        "description",
        (schema.path("description").asString("") + " A file: its name, and its text or its bytes.")
            .strip());
    var properties = file.putObject("properties");
    properties.putObject("filename").put("type", "string");
    properties.putObject("content").put("type", "string").put("description", "The text");
    properties
        .putObject("base64")
        .put("type", "string")
        .put("description", "The bytes in Base64, instead of content");
    properties.putObject("content_type").put("type", "string").put("description", "Media type");
    file.putArray("required").add("filename");
    return file.put("additionalProperties", false);
  }
}
