package dev.toolwright.catalog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A question to the catalogue.
///
/// @param all whether tools of other kinds are wanted too
/// @param search in name and description; null: anything
/// @param sort a field, with `-` before it from the last to the first
/// @param conditions all of which hold
public record Query(
    boolean all,
    @Nullable String search,
    String sort,
    List<Condition> conditions,
    int limit,
    long offset) {
  public Query {
    conditions = List.copyOf(conditions);
  }

  /// @param field one of [Field]
  /// @param values texts, numbers and times as texts; null for the absence of one
  public record Condition(Field field, Operator operator, List<@Nullable String> values) {}

  /// How a field is compared.
  public enum Operator {
    EQUAL("$eq"),
    IN("$in"),
    NOT("$ne"),
    GREATER("$gt"),
    AT_LEAST("$gte"),
    LESS("$lt"),
    AT_MOST("$lte");

    private final String spelled;

    Operator(String spelled) {
      this.spelled = spelled;
    }

    public String spelled() {
      return spelled;
    }
  }

  /// What can be asked about.
  public enum Field {
    ID("_id", Kind.TEXT),
    NAME("name", Kind.TEXT),
    TYPE("type", Kind.TEXT),
    DESCRIPTION("description", Kind.TEXT),
    CATEGORY("category", Kind.TEXT),
    STATUS("status", Kind.TEXT),
    SCOPE("scope", Kind.TEXT),
    TRANSPORT("transport", Kind.TEXT),
    DOCKER_IMAGE("dockerImage", Kind.TEXT),
    HEALTH_ENDPOINT("healthEndpoint", Kind.TEXT),
    CREATED_BY("createdBy", Kind.TEXT),
    UPDATED_BY("updatedBy", Kind.TEXT),
    PORT("port", Kind.NUMBER),
    CREATED_AT("createdAt", Kind.TIME),
    UPDATED_AT("updatedAt", Kind.TIME),
    LAST_HEALTH_CHECK("lastHealthCheck", Kind.TIME);

    private final String spelled;
    private final Kind kind;

    Field(String spelled, Kind kind) {
      this.spelled = spelled;
      this.kind = kind;
    }

    public String spelled() {
      return spelled;
    }

    public Kind kind() {
      return kind;
    }
  }

  /// What a field holds.
  public enum Kind {
    TEXT,
    NUMBER,
    TIME
  }
}
