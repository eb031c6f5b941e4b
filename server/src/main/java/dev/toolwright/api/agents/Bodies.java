package dev.toolwright.api.agents;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Shapes that the routes of this face share.
final class Bodies {
  private static final int PAGE = 50;
  private static final int MAX_PAGE = 100;

  private Bodies() {}

  /// A list with its count, which counts everything, not the page.
  static <T> ObjectNode list(String name, List<T> page, int count, Function<T, ObjectNode> shown) {
    var answer = Json.object().put("response", "200");
    var list = answer.putArray(name);
    page.forEach(item -> list.add(shown.apply(item)));
    return answer.put("count", count);
  }

  /// The asked page; everything unless `page` or `limit` is sent.
  static <T> List<T> page(Exchange exchange, List<T> all) {
    if (exchange.query("page") == null && exchange.query("limit") == null) {
      return all;
    }
    var limit = exchange.intQuery("limit", PAGE, 1, MAX_PAGE);
    var page = exchange.intQuery("page", 1, 1, Integer.MAX_VALUE);
    return all.stream().skip((long) (page - 1) * limit).limit(limit).toList();
  }

  /// A JSON Schema that names the fields of a body.
  static JsonNode schema(String... fields) {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    for (var field : fields) {
      properties.set(field, Json.object());
    }
    return schema.put("additionalProperties", false);
  }
}
