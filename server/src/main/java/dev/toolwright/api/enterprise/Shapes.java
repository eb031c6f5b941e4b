package dev.toolwright.api.enterprise;

import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Shapes that the routes of this face share.
final class Shapes {
  /// For everybody's own things.
  static final Access OWN = Access.group("enterprise");

  /// For administration.
  static final Access ADMIN = Access.group("admin");

  private static final int PAGE = 50;
  private static final int MAX_PAGE = 100;

  private Shapes() {}

  /// The asked page, from 1.
  static int page(Exchange exchange) {
    return exchange.intQuery("page", 1, 1, Integer.MAX_VALUE);
  }

  /// The asked length of a page: 50 unless told otherwise, at most 100.
  static int limit(Exchange exchange) {
    return exchange.intQuery("limit", PAGE, 1, MAX_PAGE);
  }

  /// A list with its count, which counts everything, not the page.
  static <T> ObjectNode list(String name, List<T> items, int count, Function<T, ObjectNode> shown) {
    var answer = Json.object();
    var list = answer.putArray(name);
    items.forEach(item -> list.add(shown.apply(item)));
    return answer.put("count", count);
  }

  /// A page of a list, with its count as [#list] has it.
  static <T> ObjectNode paged(
      Exchange exchange, String name, List<T> items, int count, Function<T, ObjectNode> shown) {
    return list(name, items, count, shown)
        .put("page", page(exchange))
        .put("limit", limit(exchange));
  }

  /// What every definition shows of itself.
  static ObjectNode defined(ObjectNode shown, Definition definition) {
    return shown
        .put("is_shared", definition.visibility() != Visibility.PRIVATE)
        .put("version", definition.version())
        .put("owner", definition.ownerName())
        .put("created_at", time(definition.createdAt()))
        .put("updated_at", time(definition.updatedAt()));
  }

  /// Whole seconds, UTC.
  static @Nullable String time(@Nullable Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// An amount without superfluous zeros.
  static @Nullable BigDecimal credits(@Nullable BigDecimal amount) {
    if (amount == null) {
      return null;
    }
    var plain = amount.stripTrailingZeros();
    return plain.scale() < 0 ? plain.setScale(0) : plain;
  }

  /// A moment such as `2026-11-20T10:00:00Z`, or a date, which is its first moment in UTC.
  ///
  /// @throws Problem 400
  static Instant moment(Exchange exchange, String name, Instant otherwise) {
    var text = exchange.query(name);
    if (text == null || text.isEmpty()) {
      return otherwise;
    }
    var moment = moment(text);
    if (moment == null) {
      throw Problem.invalid(name + " must be a date, or a time such as 2026-11-20T10:00:00Z");
    }
    return moment;
  }

  /// Null when it is none, or lies outside the years 1 to 9999.
  static @Nullable Instant moment(String text) {
    try {
      var date = text.length() == 10;
      var moment =
          date
              ? LocalDate.parse(text).atStartOfDay().atOffset(ZoneOffset.UTC)
              : OffsetDateTime.parse(text);
      return moment.getYear() < 1 || moment.getYear() > 9_999 ? null : moment.toInstant();
    } catch (DateTimeException _) {
      return null;
    }
  }

  /// A JSON Schema that names the fields of a body.
  static ObjectNode schema(String... fields) {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    for (var field : fields) {
      properties.set(field, Json.object());
    }
    return schema.put("additionalProperties", false);
  }
}
