import statistics


def data_processor(parameters, context):
    records = parameters["data"]
    operation = parameters["operation"]
    field = parameters.get("field")
    if operation != "summary" and not field:
        return {"success": False, "error": f"{operation} needs a field"}
    if operation == "filter":
        kept = [r for r in records if holds(r.get(field), parameters.get("comparison", "="), parameters.get("value"))]
        return {"records": kept, "kept": len(kept), "of": len(records)}
    if operation == "sort":
        ordered = sorted((r for r in records if r.get(field) is not None), key=lambda r: order(r[field]),
                         reverse=parameters.get("descending", False))
        # Records without the field come last, whichever way the others are sorted.
        return {"records": ordered + [r for r in records if r.get(field) is None]}
    if operation == "deduplicate":
        first = {}
        for record in records:
            first.setdefault(repr(record.get(field)), record)
        return {"records": list(first.values()), "dropped": len(records) - len(first)}
    if operation == "aggregate":
        return aggregate(records, field, parameters.get("group_by"))
    names = sorted({name for record in records for name in record})
    return {"count": len(records), "fields": {name: described([r.get(name) for r in records]) for name in names}}


def holds(found, comparison, wanted):
    if comparison == "=":
        return found == wanted
    if comparison == "!=":
        return found != wanted
    if comparison == "contains":
        return found is not None and str(wanted).lower() in str(found).lower()
    if is_number(found) and is_number(wanted) or isinstance(found, str) and isinstance(wanted, str):
        return {"<": found < wanted, "<=": found <= wanted, ">": found > wanted, ">=": found >= wanted}[comparison]
    return False


def order(value):
    return (0, value, "") if is_number(value) else (1, 0, str(value))


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def aggregate(records, field, group_by):
    if group_by is None:
        return numbers([r.get(field) for r in records])
    groups = {}
    for record in records:
        groups.setdefault(str(record.get(group_by)), []).append(record.get(field))
    return {"groups": {name: numbers(values) for name, values in sorted(groups.items())}}


def numbers(values):
    found = [v for v in values if is_number(v)]
    if not found:
        return {"count": 0}
    return {
        "count": len(found), "sum": sum(found), "mean": statistics.fmean(found), "median": statistics.median(found),
        "min": min(found), "max": max(found),
        "standard_deviation": statistics.stdev(found) if len(found) > 1 else 0.0,
    }


def described(values):
    present = [v for v in values if v is not None]
    if present and all(is_number(v) for v in present):
        return {"missing": len(values) - len(present), **numbers(present)}
    return {"missing": len(values) - len(present), "distinct": len({repr(v) for v in present})}
