package dev.toolwright.builtin.calculator;

import com.ezylang.evalex.EvaluationException;
import com.ezylang.evalex.Expression;
import com.ezylang.evalex.data.EvaluationValue;
import com.ezylang.evalex.functions.AbstractFunction;
import com.ezylang.evalex.functions.FunctionParameter;
import com.ezylang.evalex.parser.Token;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/// A function of a list: its arguments one after the other, lists among them opened.
@FunctionParameter(name = "values", isVarArg = true)
final class ListFunction extends AbstractFunction {
  private final int min;
  private final int max;
  private final Body body;

  /// What it computes.
  interface Body {
    BigDecimal of(Arguments arguments) throws EvaluationException;
  }

  ListFunction(int min, int max, Body body) {
    this.min = min;
    this.max = max;
    this.body = body;
  }

  @Override
  public EvaluationValue evaluate(Expression expression, Token token, EvaluationValue... values)
      throws EvaluationException {
    var flat = new ArrayList<EvaluationValue>();
    for (var value : values) {
      if (value.isArrayValue()) {
        flat.addAll(value.getArrayValue());
      } else {
        flat.add(value);
      }
    }
    if (flat.size() < min || flat.size() > max) {
      throw new EvaluationException(
          token, "%s takes %d to %d values".formatted(token.getValue(), min, max));
    }
    return EvaluationValue.numberValue(body.of(new Arguments(token, flat)));
  }

  /// The values a function was given.
  record Arguments(Token token, List<EvaluationValue> values) {
    int size() {
      return values.size();
    }

    BigDecimal number(int index) throws EvaluationException {
      if (!values.get(index).isNumberValue()) {
        throw fault("takes numbers");
      }
      return values.get(index).getNumberValue();
    }

    BigDecimal number(int index, BigDecimal fallback) throws EvaluationException {
      return index < size() ? number(index) : fallback;
    }

    int whole(int index, int least, int most) throws EvaluationException {
      var number = number(index);
      if (number.stripTrailingZeros().scale() > 0
          || number.compareTo(BigDecimal.valueOf(least)) < 0
          || number.compareTo(BigDecimal.valueOf(most)) > 0) {
        throw fault("takes a whole number from %d to %d there".formatted(least, most));
      }
      return number.intValueExact();
    }

    List<BigDecimal> numbers(int from) throws EvaluationException {
      var numbers = new ArrayList<BigDecimal>();
      for (var i = from; i < size(); i++) {
        numbers.add(number(i));
      }
      return numbers;
    }

    LocalDate date(int index) throws EvaluationException {
      try {
        if (values.get(index).isStringValue()) {
          return LocalDate.parse(values.get(index).getStringValue());
        }
      } catch (DateTimeException _) {
        // told below
      }
      throw fault("takes days such as \"2026-01-31\"");
    }

    EvaluationException fault(String message) {
      return new EvaluationException(token, token.getValue() + " " + message);
    }
  }
}
