package dev.toolwright.api.catalog;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.catalog.Query;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The question that a list is asked: `page`, `limit`, `search`, `sort`, `filter`.
final class ToolQuery {
  static final int PAGE = 10;
  private static final int MAX_PAGE = 100;
  private static final int MAX_CONDITIONS = 50;

  private ToolQuery() {}

  static int page(Exchange exchange) {
    return exchange.intQuery("page", 1, 1, Integer.MAX_VALUE);
  }

  static int limit(Exchange exchange) {
    return exchange.intQuery("limit", PAGE, 1, MAX_PAGE);
  }

  /// @throws Problem 400
  static Query read(Exchange exchange) {
    var search = exchange.query("search");
    var sort = exchange.query("sort");
    var by = sort == null || sort.isEmpty() ? "-createdAt" : sort;
    field(by.startsWith("-") ? by.substring(1) : by, "sort");
    var limit = limit(exchange);
    return new Query(
        exchange.flag("all", false),
        search == null || search.isEmpty() ? null : search,
        by,
        conditions(exchange.query("filter")),
        limit,
        (page(exchange) - 1L) * limit);
  }

  private static Query.Field field(String name, String parameter) {
    return Arrays.stream(Query.Field.values())
        .filter(field -> field.spelled().equals(name))
        .findFirst()
        .orElseThrow(() -> Problem.invalid(parameter + " knows no field " + shown(name)));
  }

  private static List<Query.Condition> conditions(@Nullable String filter) {
    var conditions = new ArrayList<Query.Condition>();
    if (filter == null || filter.isBlank()) {
      return conditions;
    }
    for (var one : parsed(filter.strip()).properties()) {
      var field = field(one.getKey(), "filter");
      if (one.getValue().isObject()) {
        one.getValue()
            .properties()
            .forEach(asked -> conditions.add(condition(field, asked.getKey(), asked.getValue())));
      } else {
        conditions.add(condition(field, "$eq", one.getValue()));
      }
    }
    if (conditions.size() > MAX_CONDITIONS) {
      throw Problem.invalid("filter must have at most " + MAX_CONDITIONS + " conditions");
    }
    return conditions;
  }

  /// A shell may have eaten the braces: curl reads them as its own.
  private static JsonNode parsed(String filter) {
    var text = filter.startsWith("{") ? filter : "{" + filter + "}";
    try {
      var parsed = Json.parse(text);
      if (parsed.isObject()) {
        return parsed;
      }
    } catch (MalformedJson e) {
      // said below
    }
    throw Problem.invalid("filter must be a JSON object such as {\"type\":\"mcp\"}");
  }

  private static Query.Condition condition(Query.Field field, String name, JsonNode value) {
    var operator =
        Arrays.stream(Query.Operator.values())
            .filter(one -> one.spelled().equals(name))
            .findFirst()
            .orElseThrow(() -> Problem.invalid("filter knows no operator " + shown(name)));
    var values = new ArrayList<@Nullable String>();
    if (operator == Query.Operator.IN) {
      if (!value.isArray() || value.size() > MAX_CONDITIONS) {
        throw Problem.invalid("filter: $in of " + field.spelled() + " must be an array");
      }
      value.forEach(one -> values.add(text(field, one)));
    } else {
      values.add(text(field, value));
    }
    return new Query.Condition(field, operator, values);
  }

  private static @Nullable String text(Query.Field field, JsonNode value) {
    if (value.isNull()) {
      return null;
    }
    var fits =
        switch (field.kind()) {
          case TEXT -> value.isString();
          case NUMBER -> value.isNumber();
          case TIME -> value.isString() && isTime(value.asString());
        };
    if (!fits) {
      throw Problem.invalid(
          "filter: "
              + field.spelled()
              + switch (field.kind()) {
                case TEXT -> " is compared with a string";
                case NUMBER -> " is compared with a number";
                case TIME -> " is compared with a time such as 2026-11-20T10:00:00.000Z";
              });
    }
    return value.asString();
  }

  private static boolean isTime(String text) {
    try {
      var year = OffsetDateTime.parse(text).getYear();
      return year > 0 && year < 10_000;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
