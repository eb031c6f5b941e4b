package dev.toolwright.importer.openapi;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The text of a document, made a tree within limits: whatever reads the tree afterwards can do so
/// without any of its own.
final class DocumentText {
  static final int MAX_BYTES = 10 << 20;
  static final int MAX_NODES = 500_000;
  private static final int LONGEST_NAME = 1_000;
  private static final int SNIFFED = 200;

  private int nodes;

  private DocumentText() {}

  static ObjectNode read(byte[] bytes, @Nullable String format) throws Unfit {
    try {
      return read(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(), format);
    } catch (CharacterCodingException _) {
      throw new Unfit("is no UTF-8 text");
    }
  }

  /// @param format `json` or `yaml`; null: its beginning tells
  static ObjectNode read(String text, @Nullable String format) throws Unfit {
    if (text.length() > MAX_BYTES) {
      throw new Unfit("is larger than 10 MB");
    }
    var bare = text.startsWith("\uFEFF") ? text.substring(1) : text;
    var start = bare.substring(0, Math.min(SNIFFED, bare.length())).stripLeading();
    if (start.isEmpty() && bare.isBlank()) {
      throw new Unfit("is empty");
    }
    if (start.startsWith("<")) {
      throw new Unfit(
          "is a web page or XML, not an OpenAPI document in JSON or YAML: give the address of the"
              + " document itself");
    }
    var json = format == null ? start.startsWith("{") : format.equals("json");
    return checked(json ? json(bare) : YamlText.read(bare));
  }

  private static JsonNode json(String text) throws Unfit {
    try {
      return Json.parse(text);
    } catch (MalformedJson e) {
      throw new Unfit("cannot be read: " + e.getMessage());
    }
  }

  /// The same tree, if it is an object of at most 500 000 values whose texts can be stored.
  static ObjectNode checked(JsonNode tree) throws Unfit {
    if (!(tree instanceof ObjectNode object)) {
      throw new Unfit("is no OpenAPI document: it is not an object");
    }
    new DocumentText().check(object);
    return object;
  }

  private void check(JsonNode node) throws Unfit {
    if (++nodes > MAX_NODES) {
      throw new Unfit("has more than 500 000 values");
    }
    if (node instanceof ObjectNode object) {
      for (var field : object.properties()) {
        if (field.getKey().length() > LONGEST_NAME) {
          throw new Unfit("has a name of more than 1 000 characters");
        }
        storable(field.getKey());
        check(field.getValue());
      }
    } else if (node.isArray()) {
      for (var item : node) {
        check(item);
      }
    } else if (node.isString()) {
      storable(node.stringValue());
    }
  }

  /// PostgreSQL stores neither U+0000 nor half of a surrogate pair.
  private static void storable(String text) throws Unfit {
    if (text.indexOf('\0') >= 0
        || text.codePoints()
            .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw new Unfit("must not contain U+0000 or half of a surrogate pair");
    }
  }
}
