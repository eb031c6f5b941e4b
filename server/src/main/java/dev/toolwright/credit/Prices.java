package dev.toolwright.credit;

import java.math.BigDecimal;
import java.util.Map;

/// The one price list, in credits. What it does not name costs nothing.
public record Prices(Map<PricedAction, BigDecimal> list) {
  public static final Prices STANDARD =
      new Prices(
          Map.of(
              PricedAction.AGENT_CREATE, BigDecimal.ONE,
              PricedAction.AGENT_CUSTOMISE, BigDecimal.TWO,
              PricedAction.AGENT_UPDATE, BigDecimal.ONE,
              PricedAction.AGENT_RUN, BigDecimal.valueOf(5),
              PricedAction.TOOL_CREATE, BigDecimal.TWO,
              PricedAction.TOOL_UPDATE, BigDecimal.ONE,
              PricedAction.TOOL_TEST, new BigDecimal("0.5"),
              PricedAction.WORKFLOW_CREATE, BigDecimal.valueOf(3),
              PricedAction.WORKFLOW_UPDATE, BigDecimal.ONE));

  public Prices {
    list = Map.copyOf(list);
  }

  public BigDecimal of(PricedAction action) {
    return list.getOrDefault(action, BigDecimal.ZERO);
  }
}
