package dev.toolwright.artifact;

import dev.toolwright.json.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// A value shown in little room: a text by its beginning, everything else by its shape, with the
/// first items of each list and the beginnings of long texts.
final class Preview {
  private static final int MOST = 2_000;
  private static final String MORE = "…";

  /// How much of each list and object, and of each text in it, is shown.
  private record Detail(int items, int characters) {}

  private static final List<Detail> DETAILS =
      List.of(
          new Detail(20, 300),
          new Detail(10, 150),
          new Detail(5, 80),
          new Detail(3, 40),
          new Detail(2, 20));

  private Preview() {}

  /// At most 2 000 characters, and the sign that something is left out.
  static String of(JsonNode value) {
    if (value.isString()) {
      return beginning(value.asString(), MOST);
    }
    var text = "";
    for (var detail : DETAILS) {
      text = Json.write(shortened(value, detail));
      if (text.length() <= MOST) {
        return text;
      }
    }
    return beginning(text, MOST);
  }

  private static JsonNode shortened(JsonNode value, Detail detail) {
    return switch (value) {
      case ObjectNode object -> fields(object, detail);
      case ArrayNode array -> items(array, detail);
      case StringNode text -> StringNode.valueOf(beginning(text.asString(), detail.characters()));
      default -> value;
    };
  }

  private static JsonNode fields(ObjectNode object, Detail detail) {
    var shown = Json.object();
    for (var field : object.properties()) {
      if (shown.size() == 2 * detail.items()) {
        return shown.put(MORE, object.size() - shown.size() + " more");
      }
      shown.set(
          beginning(field.getKey(), detail.characters()), shortened(field.getValue(), detail));
    }
    return shown;
  }

  private static JsonNode items(ArrayNode array, Detail detail) {
    var shown = Json.array();
    for (var item : array) {
      if (shown.size() == detail.items()) {
        return shown.add("%s %d more".formatted(MORE, array.size() - shown.size()));
      }
      shown.add(shortened(item, detail));
    }
    return shown;
  }

  private static String beginning(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    var end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text.substring(0, end) + MORE;
  }
}
