package dev.toolwright.api.agents;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
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

  /// The asked part of a list; everything unless `page` or `limit` is sent.
  static Listing listing(Exchange exchange, Definitions.Scope scope, List<String> categories) {
    if (exchange.query("page") == null && exchange.query("limit") == null) {
      return new Listing(scope, categories, Listing.WHOLE, 0);
    }
    var limit = exchange.intQuery("limit", PAGE, 1, MAX_PAGE);
    var page = exchange.intQuery("page", 1, 1, Integer.MAX_VALUE);
    return new Listing(scope, categories, limit, (long) (page - 1) * limit);
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
