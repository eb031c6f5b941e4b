package dev.toolwright.builtin.calculator;

import com.ezylang.evalex.EvaluationException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;

/// Money over time, with the signs that spreadsheets use: what is paid is negative.
final class Finance {
  private static final MathContext EXACT = MathContext.DECIMAL128;
  private static final int MAX_PERIODS = 10_000;
  private static final int HALVINGS = 100;
  private static final int RATE_PLACES = 12;

  /// Between two of these the rate of return is looked for, the usual ones first.
  private static final List<BigDecimal> RATES =
      List.of("-0.99", "-0.9", "-0.5", "-0.2", "0", "0.2", "0.5", "1", "3", "10", "100").stream()
          .map(BigDecimal::new)
          .toList();

  private Finance() {}

  static BigDecimal npv(ListFunction.Arguments arguments) throws EvaluationException {
    var growth = growth(arguments);
    return discounted(arguments.numbers(1), growth).divide(growth, EXACT);
  }

  private static BigDecimal growth(ListFunction.Arguments arguments) throws EvaluationException {
    var growth = BigDecimal.ONE.add(arguments.number(0), EXACT);
    if (growth.signum() <= 0) {
      throw arguments.fault("takes a rate above -1");
    }
    return growth;
  }

  /// The first flow is of today.
  private static BigDecimal discounted(List<BigDecimal> flows, BigDecimal growth) {
    var sum = BigDecimal.ZERO;
    for (var flow : flows.reversed()) {
      sum = sum.divide(growth, EXACT).add(flow, EXACT);
    }
    return sum;
  }

  static BigDecimal irr(ListFunction.Arguments arguments) throws EvaluationException {
    var flows = arguments.numbers(0);
    for (var i = 1; i < RATES.size(); i++) {
      var low = RATES.get(i - 1);
      var high = RATES.get(i);
      if (sign(flows, low) * sign(flows, high) <= 0 && sign(flows, low) != sign(flows, high)) {
        return halved(flows, low, high);
      }
    }
    throw arguments.fault("finds no rate: there must be payments in both directions");
  }

  private static int sign(List<BigDecimal> flows, BigDecimal rate) {
    return discounted(flows, BigDecimal.ONE.add(rate)).signum();
  }

  private static BigDecimal halved(List<BigDecimal> flows, BigDecimal from, BigDecimal to) {
    var low = from;
    var high = to;
    var atLow = sign(flows, low);
    for (var i = 0; i < HALVINGS; i++) {
      var middle = low.add(high).divide(BigDecimal.TWO, EXACT);
      var at = sign(flows, middle);
      if (at == 0) {
        return middle.setScale(RATE_PLACES, RoundingMode.HALF_EVEN);
      }
      if (at == atLow) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high.setScale(RATE_PLACES, RoundingMode.HALF_EVEN);
  }

  /// The payment of each period that turns `present` into `future`.
  static BigDecimal pmt(ListFunction.Arguments arguments) throws EvaluationException {
    var rate = arguments.number(0);
    var periods = arguments.whole(1, 1, MAX_PERIODS);
    var present = arguments.number(2);
    var future = arguments.number(3, BigDecimal.ZERO);
    if (rate.signum() == 0) {
      return present.add(future).divide(BigDecimal.valueOf(periods), EXACT).negate();
    }
    var grown = growth(arguments).pow(periods, EXACT);
    return present
        .multiply(grown, EXACT)
        .add(future, EXACT)
        .multiply(rate, EXACT)
        .divide(grown.subtract(BigDecimal.ONE), EXACT)
        .negate();
  }

  /// What `present` and the payments have grown to.
  static BigDecimal fv(ListFunction.Arguments arguments) throws EvaluationException {
    var rate = arguments.number(0);
    var periods = arguments.whole(1, 1, MAX_PERIODS);
    var payment = arguments.number(2);
    var present = arguments.number(3, BigDecimal.ZERO);
    var grown = growth(arguments).pow(periods, EXACT);
    var payments =
        rate.signum() == 0
            ? payment.multiply(BigDecimal.valueOf(periods))
            : payment.multiply(grown.subtract(BigDecimal.ONE), EXACT).divide(rate, EXACT);
    return present.multiply(grown, EXACT).add(payments, EXACT).negate();
  }
}
