package dev.toolwright.catalog;

import java.util.Arrays;
import java.util.List;

/// Conditions as SQL. Only declared fields have an expression, and values are always bound.
final class FilterStore {
  /// As [CatalogTool#category].
  private static final String CATEGORY =
      "(case when r.body ->> 'category' in ('%s') then r.body ->> 'category' when r.body -> 'config' ->> 'kind' = 'builtin' then 'system' else 'data' end)"
          .formatted(String.join("', '", CatalogTool.CATEGORIES));

  private final List<Query.Condition> conditions;

  FilterStore(List<Query.Condition> conditions) {
    this.conditions = conditions;
  }

  /// The field of a sort; by time of making when there is no such field.
  static Query.Field sorted(String name) {
    return Arrays.stream(Query.Field.values())
        .filter(field -> field.spelled().equals(name))
        .findFirst()
        .orElse(Query.Field.CREATED_AT);
  }

  static String expression(Query.Field field) {
    return switch (field) {
      case ID -> "substr(d.id, 6)";
      case NAME -> "coalesce(r.body ->> 'title', d.name)";
      case TYPE -> "(r.body -> 'config' ->> 'kind')";
      case DESCRIPTION -> "(r.body ->> 'description')";
      case CATEGORY -> CATEGORY;
      case STATUS -> "coalesce(s.status, 'active')";
      case SCOPE -> "coalesce(s.scope, d.visibility)";
      case TRANSPORT -> "s.transport";
      case DOCKER_IMAGE -> "s.docker_image";
      case HEALTH_ENDPOINT -> "s.health_endpoint";
      case CREATED_BY -> "regexp_replace(d.owner_id, '^[a-z]+_', '')";
      case UPDATED_BY -> "regexp_replace(coalesce(s.updated_by, d.owner_id), '^[a-z]+_', '')";
      case PORT -> "s.port";
      case CREATED_AT -> "d.created_at";
      case UPDATED_AT -> "d.updated_at";
      case LAST_HEALTH_CHECK -> "s.last_health_check";
    };
  }

  /// Beginning with `and` where there is a condition.
  String sql() {
    var sql = new StringBuilder();
    for (var i = 0; i < conditions.size(); i++) {
      sql.append(" and ").append(sql(conditions.get(i), "filter" + i));
    }
    return sql.toString();
  }

  private static String sql(Query.Condition condition, String name) {
    var field = expression(condition.field());
    var value = ":" + name + type(condition.field().kind());
    return switch (condition.operator()) {
      case EQUAL -> field + " is not distinct from " + value;
      case NOT -> field + " is distinct from " + value;
      case IN -> field + " = any(:" + name + type(condition.field().kind()) + "[])";
      case GREATER -> field + " > " + value;
      case AT_LEAST -> field + " >= " + value;
      case LESS -> field + " < " + value;
      case AT_MOST -> field + " <= " + value;
    };
  }

  private static String type(Query.Kind kind) {
    return switch (kind) {
      case TEXT -> "::text";
      case NUMBER -> "::numeric";
      case TIME -> "::timestamptz";
    };
  }

  org.jdbi.v3.core.statement.Query bind(org.jdbi.v3.core.statement.Query query) {
    for (var i = 0; i < conditions.size(); i++) {
      var condition = conditions.get(i);
      if (condition.operator() == Query.Operator.IN) {
        query.bindArray("filter" + i, String.class, condition.values());
      } else {
        query.bind("filter" + i, condition.values().getFirst());
      }
    }
    return query;
  }
}
