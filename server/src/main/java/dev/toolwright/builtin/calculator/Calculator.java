package dev.toolwright.builtin.calculator;

import com.ezylang.evalex.BaseException;
import com.ezylang.evalex.Expression;
import com.ezylang.evalex.config.ExpressionConfiguration;
import com.ezylang.evalex.data.EvaluationValue;
import com.google.re2j.Pattern;
import dev.toolwright.builtin.Builtin;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// `calculator`: evaluates an expression with exact decimals of 100 digits. What an expression may
/// cost is bounded by its length, its nesting, and the size of every number in it.
public final class Calculator implements Builtin {
  private static final int MAX_NESTING = 100;
  private static final int MAX_MAGNITUDE = 500;
  private static final Pattern HUGE = Pattern.compile("[0-9.][eE][+-]?[0-9]{4,}");

  private final ExpressionConfiguration configuration = Functions.configuration();

  @Override
  public String name() {
    return "calculator";
  }

  @Override
  public Outcome run(Invocation call) {
    var text = call.arguments().path("expression").asString("");
    try {
      var value = new Expression(text, configuration).withValues(values(text, call)).evaluate();
      return answered(value);
    } catch (BaseException e) {
      return failed("%s at column %d".formatted(e.getMessage(), e.getStartPosition()));
    } catch (TooLarge e) {
      return failed("A number in the expression, its variables or its result is too large");
    } catch (ArithmeticException | IllegalArgumentException | UnsupportedOperationException e) {
      return failed("The expression has no value that can be calculated");
    }
  }

  private static Outcome failed(String message) {
    return new Outcome.Failed("execution_error", message, null, false);
  }

  /// A number beyond all bounds.
  private static final class TooLarge extends RuntimeException {
    TooLarge() {
      super("too large", null, false, false);
    }
  }

  private static Map<String, Object> values(String text, Invocation call) {
    var depth = 0;
    for (var i = 0; i < text.length(); i++) {
      depth += "([".indexOf(text.charAt(i)) >= 0 ? 1 : ")]".indexOf(text.charAt(i)) >= 0 ? -1 : 0;
      if (depth > MAX_NESTING) {
        throw new IllegalArgumentException("nested too deep");
      }
    }
    if (HUGE.matcher(text).find()) {
      throw new TooLarge();
    }
    var values = new HashMap<String, Object>();
    for (var variable : call.arguments().path("variables").properties()) {
      values.put(variable.getKey(), value(variable.getValue()));
    }
    return values;
  }

  private static Object value(JsonNode node) {
    if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(item -> list.add(value(item)));
      return list;
    }
    return node.isNumber() ? bounded(node.decimalValue()) : node.asString();
  }

  private static BigDecimal bounded(BigDecimal number) {
    var magnitude = (long) number.precision() - number.scale();
    if (Math.abs(magnitude) > MAX_MAGNITUDE || Math.abs((long) number.scale()) > MAX_MAGNITUDE) {
      throw new TooLarge();
    }
    return number;
  }

  private static Outcome answered(EvaluationValue value) {
    var answer = Json.object();
    if (value.isNumberValue()) {
      var number = bounded(value.getNumberValue().stripTrailingZeros());
      // The text keeps digits that JSON readers lose.
      answer.put("result", number).put("exact", number.toPlainString());
    } else if (value.isBooleanValue()) {
      answer.put("result", value.getBooleanValue());
    } else if (value.isStringValue()) {
      answer.put("result", value.getStringValue());
    } else {
      return failed("The expression gives neither a number, a text nor true or false");
    }
    return new Outcome.Succeeded(answer);
  }
}
