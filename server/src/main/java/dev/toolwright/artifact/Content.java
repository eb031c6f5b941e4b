package dev.toolwright.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// What is kept of a result: a text as it is, the bytes of a binary answer (`{content_type,
/// size_bytes, base64}`), anything else as JSON.
record Content(String type, byte[] bytes, String preview) {
  private static final Pattern TYPE = Pattern.compile("[\\w!#$&^.+-]{1,60}/[\\w!#$&^.+-]{1,60}");
  private static final String JSON = "application/json";

  /// @param json the value as JSON text
  static Content of(JsonNode value, String json) {
    if (value.isString()) {
      return new Content(
          "text/plain;charset=utf-8", value.asString().getBytes(UTF_8), Preview.of(value));
    }
    var isBinary = value.size() == 3 && value.has("size_bytes") && value.path("base64").isString();
    var type = value.path("content_type").asString("");
    if (isBinary && TYPE.matcher(type).matches()) {
      try {
        return new Content(type, Base64.getDecoder().decode(value.path("base64").asString()), "");
      } catch (IllegalArgumentException e) {
        // It only looked like one.
      }
    }
    return new Content(JSON, json.getBytes(UTF_8), Preview.of(value));
  }

  /// Whether content of a type is text in UTF-8.
  static boolean isText(String type) {
    return type.startsWith("text/plain") || type.equals(JSON);
  }
}
