package dev.toolwright.api.customtools;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What the routes of this face answer in common.
final class Answers {
  static final Access ACCESS = Access.group("custom-tools");
  static final Role READ = Role.VIEWER;
  static final Role WRITE = Role.MEMBER;
  static final String SLUG = "[a-zA-Z][a-zA-Z0-9_-]{0,63}";
  static final String SLUG_FAULT =
      "must start with a letter, followed by at most 63 letters, digits, _ or -";

  private Answers() {}

  static @Nullable String name(Fields in, boolean isNew) {
    if (isNew && !in.has("name")) {
      in.fault("name", "is required");
    }
    return in.pattern("name", SLUG, SLUG_FAULT);
  }

  /// Refuses another name than the one that others know it by.
  static void keepName(Fields in, String name) {
    var said = in.text("name", 200);
    if (said != null && !said.equals(name)) {
      in.fault("name", "cannot be changed: others know it by this name");
    }
  }

  static ObjectNode one(String name, ObjectNode shown) {
    var answer = Json.object();
    answer.set(name, shown);
    return answer;
  }

  static ObjectNode one(String message, String name, ObjectNode shown) {
    var answer = Json.object().put("message", message);
    answer.set(name, shown);
    return answer;
  }

  static <T> ObjectNode list(String name, List<T> items, int count, Function<T, ObjectNode> shown) {
    var answer = Json.object();
    var list = answer.putArray(name);
    items.forEach(item -> list.add(shown.apply(item)));
    return answer.put("count", count);
  }

  /// `page` and `limit`, 50 unless told otherwise.
  static Listing listing(Exchange exchange) {
    var limit = limit(exchange);
    return new Listing(Definitions.Scope.USABLE, List.of(), limit, offset(exchange));
  }

  static int limit(Exchange exchange) {
    return exchange.intQuery("limit", 50, 1, 100);
  }

  static long offset(Exchange exchange) {
    return (exchange.intQuery("page", 1, 1, Integer.MAX_VALUE) - 1L) * limit(exchange);
  }

  /// Whole seconds, UTC.
  static @Nullable String time(@Nullable Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static ObjectNode schema(String... fields) {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    for (var field : fields) {
      properties.set(field, Json.object());
    }
    return schema.put("additionalProperties", false);
  }
}
