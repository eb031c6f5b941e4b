STOCK = {"P-1": {"current_stock": 150, "reserved": 25, "reorder_point": 50, "sold_30_days": 80},
         "P-2": {"current_stock": 40, "reserved": 12, "reorder_point": 50, "sold_30_days": 61}}


def inventory_management(parameters, context):
    product_id = parameters["product_id"]
    stock = STOCK.get(product_id)
    if stock is None:
        return {"success": False, "error": f"There is no product {product_id}", "known": sorted(STOCK)}
    available = stock["current_stock"] - stock["reserved"]
    if parameters["action"] == "check_stock":
        low = available < stock["reorder_point"]
        return {"status": "success", "inventory": {"product_id": product_id, "available": available,
                                                     "status": "low_stock" if low else "in_stock"}}
    days_left = round(available / (stock["sold_30_days"] / 30), 1)
    return {"status": "success", "forecast": {"product_id": product_id, "days_until_empty": days_left,
                                                "recommended_order_quantity": max(0, stock["sold_30_days"] * 2 - available)}}
