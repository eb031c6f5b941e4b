package dev.toolwright.builtin.calculator;

import com.ezylang.evalex.EvaluationException;
import com.ezylang.evalex.Expression;
import com.ezylang.evalex.data.EvaluationValue;
import com.ezylang.evalex.operators.InfixOperator;
import com.ezylang.evalex.operators.OperatorIfc;
import com.ezylang.evalex.operators.arithmetic.InfixPowerOfOperator;
import com.ezylang.evalex.parser.Token;
import java.math.BigDecimal;

/// `^`, as long as the result stays within a few thousand digits.
@InfixOperator(precedence = OperatorIfc.OPERATOR_PRECEDENCE_POWER, leftAssociative = false)
final class BoundedPower extends InfixPowerOfOperator {
  private static final double MAX_DIGITS = 5_000;
  private static final BigDecimal MAX_EXPONENT = BigDecimal.valueOf(1_000_000);

  @Override
  public EvaluationValue evaluate(Expression expression, Token token, EvaluationValue... operands)
      throws EvaluationException {
    if (operands[0].isNumberValue() && operands[1].isNumberValue()) {
      var exponent = operands[1].getNumberValue().abs();
      if (exponent.compareTo(MAX_EXPONENT) > 0
          || digits(operands[0].getNumberValue()) * exponent.doubleValue() > MAX_DIGITS) {
        throw new EvaluationException(token, "The power is too large");
      }
    }
    return super.evaluate(expression, token, operands);
  }

  private static double digits(BigDecimal base) {
    var number = Math.abs(base.doubleValue());
    return number == 0 || Double.isInfinite(number)
        ? Math.abs((double) base.precision() - base.scale())
        : Math.abs(Math.log10(number));
  }
}
