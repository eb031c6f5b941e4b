package dev.toolwright.json;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The one JSON mapper. Input is bounded before it is built: 100 levels, numbers of 1 000
/// characters, names of 10 000, documents of 12 MiB; a name given twice is an error.
public final class Json {
  private static final int MAX_DEPTH = 100;
  private static final int MAX_NUMBER = 1_000;
  private static final int MAX_NAME = 10_000;
  private static final int MAX_DOCUMENT = 12 << 20;

  public static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNumberLength(MAX_NUMBER)
                          .maxNameLength(MAX_NAME)
                          .maxStringLength(MAX_DOCUMENT)
                          .maxDocumentLength(MAX_DOCUMENT)
                          .build())
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /// For what we stored ourselves: it was bounded when it came in, and wrapped since.
  private static final JsonMapper STORED =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(10 * MAX_DEPTH)
                          .maxNumberLength(MAX_NUMBER)
                          .maxNameLength(MAX_NAME)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .build();

  private Json() {}

  /// Reads one JSON document.
  ///
  /// @throws MalformedJson with line and column, never with the text itself
  public static JsonNode parse(byte[] text) throws MalformedJson {
    try {
      return MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw MalformedJson.at(e);
    }
  }

  /// @see #parse(byte[])
  public static JsonNode parse(String text) throws MalformedJson {
    try {
      return MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw MalformedJson.at(e);
    }
  }

  /// Reads JSON that we wrote ourselves (a database column): malformed text is a bug.
  public static JsonNode stored(String text) {
    return STORED.readTree(text);
  }

  public static String write(@Nullable Object value) {
    return MAPPER.writeValueAsString(value);
  }

  public static byte[] bytes(@Nullable Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  public static JsonNode tree(@Nullable Object value) {
    return MAPPER.valueToTree(value);
  }

  public static <T> T read(JsonNode node, Class<T> type) {
    return MAPPER.treeToValue(node, type);
  }

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  public static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /// The same text for equal values: names sorted at every level.
  public static String canonical(JsonNode node) {
    return write(sorted(node));
  }

  private static JsonNode sorted(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        var names = new TreeMap<String, JsonNode>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
          names.put(field.getKey(), sorted(field.getValue()));
        }
        var result = object();
        names.forEach(result::set);
        yield result;
      }
      case ArrayNode array -> {
        var result = array();
        array.forEach(item -> result.add(sorted(item)));
        yield result;
      }
      default -> node;
    };
  }
}
