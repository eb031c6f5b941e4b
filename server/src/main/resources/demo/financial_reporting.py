FIGURES = {
    "monthly": {"revenue": 150000, "expenses": 120000},
    "quarterly": {"revenue": 431000, "expenses": 352000},
    "yearly": {"revenue": 1690000, "expenses": 1405000},
}


def financial_reporting(parameters, context):
    period = parameters["period"]
    figures = dict(FIGURES[period])
    figures["profit"] = figures["revenue"] - figures["expenses"]
    if parameters["report_type"] == "trend_analysis":
        monthly = [140000, 145000, 150000]
        growth = [round((b / a - 1) * 100, 1) for a, b in zip(monthly, monthly[1:])]
        return {"status": "success", "report_type": "Trend Analysis", "revenue_trend": monthly, "growth_percent": growth}
    margin = round(figures["profit"] / figures["revenue"] * 100, 1)
    return {
        "status": "success",
        "report_type": "Financial Summary",
        "period": period,
        "metrics": {name: figures[name] for name in parameters["metrics"] if name in figures},
        "insights": [f"The profit margin is {margin} percent"],
    }
