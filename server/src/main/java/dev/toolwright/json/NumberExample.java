package dev.toolwright.json;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// The number nearest to zero, from above if possible, that a schema's bounds allow.
final class NumberExample {
  private NumberExample() {}

  static JsonNode of(JsonNode schema, boolean integer) {
    var step = step(schema, integer);
    var value = BigDecimal.ZERO;
    var least = bound(schema, "minimum");
    var above = bound(schema, "exclusiveMinimum");
    var most = bound(schema, "maximum");
    var below = bound(schema, "exclusiveMaximum");
    if (least != null && value.compareTo(least) < 0) {
      value = onGrid(least, step, RoundingMode.CEILING);
    }
    if (above != null && value.compareTo(above) <= 0) {
      value = onGrid(above, step, RoundingMode.FLOOR).add(inside(step, above, below, most));
    }
    if (most != null && value.compareTo(most) > 0) {
      value = onGrid(most, step, RoundingMode.FLOOR);
    }
    if (below != null && value.compareTo(below) >= 0) {
      value = onGrid(below, step, RoundingMode.CEILING).subtract(inside(step, above, below, least));
    }
    return node(value, integer);
  }

  private static @Nullable BigDecimal step(JsonNode schema, boolean integer) {
    var multiple = bound(schema, "multipleOf");
    if (multiple != null && multiple.signum() > 0) {
      return multiple;
    }
    return integer ? BigDecimal.ONE : null;
  }

  /// How far to go from an exclusive bound: one step, or for any decimal 1 or half of the way.
  private static BigDecimal inside(
      @Nullable BigDecimal step,
      @Nullable BigDecimal bound,
      @Nullable BigDecimal otherBound,
      @Nullable BigDecimal lastResort) {
    if (step != null) {
      return step;
    }
    var other = otherBound != null && bound != null ? otherBound : lastResort;
    if (bound == null || other == null) {
      return BigDecimal.ONE;
    }
    return other.subtract(bound).abs().divide(BigDecimal.TWO).min(BigDecimal.ONE);
  }

  private static BigDecimal onGrid(
      BigDecimal value, @Nullable BigDecimal step, RoundingMode rounding) {
    return step == null ? value : value.divide(step, 0, rounding).multiply(step);
  }

  private static @Nullable BigDecimal bound(JsonNode schema, String keyword) {
    var bound = schema.path(keyword);
    return bound.isNumber() ? bound.decimalValue() : null;
  }

  private static JsonNode node(BigDecimal value, boolean integer) {
    return integer || value.stripTrailingZeros().scale() <= 0
        ? JsonNodeFactory.instance.numberNode(value.toBigInteger())
        : JsonNodeFactory.instance.numberNode(value);
  }
}
