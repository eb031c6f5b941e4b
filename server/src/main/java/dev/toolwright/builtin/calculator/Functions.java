package dev.toolwright.builtin.calculator;

import com.ezylang.evalex.EvaluationException;
import com.ezylang.evalex.config.ExpressionConfiguration;
import com.ezylang.evalex.config.MapBasedFunctionDictionary;
import com.ezylang.evalex.functions.basic.AbsFunction;
import com.ezylang.evalex.functions.basic.AverageFunction;
import com.ezylang.evalex.functions.basic.CeilingFunction;
import com.ezylang.evalex.functions.basic.FloorFunction;
import com.ezylang.evalex.functions.basic.IfFunction;
import com.ezylang.evalex.functions.basic.Log10Function;
import com.ezylang.evalex.functions.basic.LogFunction;
import com.ezylang.evalex.functions.basic.MaxFunction;
import com.ezylang.evalex.functions.basic.MinFunction;
import com.ezylang.evalex.functions.basic.NotFunction;
import com.ezylang.evalex.functions.basic.SqrtFunction;
import com.ezylang.evalex.functions.basic.SumFunction;
import com.ezylang.evalex.functions.trigonometric.CosFunction;
import com.ezylang.evalex.functions.trigonometric.CosRFunction;
import com.ezylang.evalex.functions.trigonometric.SinFunction;
import com.ezylang.evalex.functions.trigonometric.SinRFunction;
import com.ezylang.evalex.functions.trigonometric.TanFunction;
import com.ezylang.evalex.functions.trigonometric.TanRFunction;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/// What expressions can do: nothing that reads a clock or dice, and nothing whose cost its
/// arguments decide.
final class Functions {
  private static final MathContext PRECISION = new MathContext(100, RoundingMode.HALF_EVEN);
  private static final int MAX_FACTORIAL = 1_000;
  private static final int MAX_PLACES = 100;
  private static final int MANY = 1_001;

  private Functions() {}

  static ExpressionConfiguration configuration() {
    return ExpressionConfiguration.builder()
        .mathContext(PRECISION)
        .functionDictionary(dictionary())
        .structuresAllowed(false)
        .binaryAllowed(false)
        .allowOverwriteConstants(true)
        .build()
        .withAdditionalOperators(Map.entry("^", new BoundedPower()));
  }

  private static MapBasedFunctionDictionary dictionary() {
    var functions = new MapBasedFunctionDictionary();
    functions.addFunction("ABS", new AbsFunction());
    functions.addFunction("AVERAGE", new AverageFunction());
    functions.addFunction("CEILING", new CeilingFunction());
    functions.addFunction("FLOOR", new FloorFunction());
    functions.addFunction("IF", new IfFunction());
    functions.addFunction("LOG", new LogFunction());
    functions.addFunction("LOG10", new Log10Function());
    functions.addFunction("MAX", new MaxFunction());
    functions.addFunction("MIN", new MinFunction());
    functions.addFunction("NOT", new NotFunction());
    functions.addFunction("SQRT", new SqrtFunction());
    functions.addFunction("SUM", new SumFunction());
    functions.addFunction("SIN", new SinFunction());
    functions.addFunction("COS", new CosFunction());
    functions.addFunction("TAN", new TanFunction());
    functions.addFunction("SINR", new SinRFunction());
    functions.addFunction("COSR", new CosRFunction());
    functions.addFunction("TANR", new TanRFunction());
    functions.addFunction("FACT", new ListFunction(1, 1, Functions::factorial));
    functions.addFunction("ROUND", new ListFunction(1, 2, Functions::rounded));
    functions.addFunction("NPV", new ListFunction(2, MANY, Finance::npv));
    functions.addFunction("IRR", new ListFunction(2, MANY, Finance::irr));
    functions.addFunction("PMT", new ListFunction(3, 4, Finance::pmt));
    functions.addFunction("FV", new ListFunction(3, 4, Finance::fv));
    functions.addFunction("DAYS_BETWEEN", between(ChronoUnit.DAYS));
    functions.addFunction("MONTHS_BETWEEN", between(ChronoUnit.MONTHS));
    functions.addFunction("YEARS_BETWEEN", between(ChronoUnit.YEARS));
    return functions;
  }

  private static BigDecimal factorial(ListFunction.Arguments arguments) throws EvaluationException {
    var product = BigDecimal.ONE;
    for (var n = arguments.whole(0, 0, MAX_FACTORIAL); n > 1; n--) {
      product = product.multiply(BigDecimal.valueOf(n), PRECISION);
    }
    return product;
  }

  /// Half away from zero, as people round money.
  private static BigDecimal rounded(ListFunction.Arguments arguments) throws EvaluationException {
    var places = arguments.size() < 2 ? 0 : arguments.whole(1, -MAX_PLACES, MAX_PLACES);
    return arguments.number(0).setScale(places, RoundingMode.HALF_UP);
  }

  private static ListFunction between(ChronoUnit unit) {
    return new ListFunction(
        2, 2, arguments -> BigDecimal.valueOf(unit.between(arguments.date(0), arguments.date(1))));
  }
}
