CUSTOMERS = {
    "C-100": {"name": "Harbor Foods", "last_contact": "2026-11-02", "lifetime_value": 48200},
    "C-200": {"name": "Nordlicht Optics", "last_contact": "2026-10-11", "lifetime_value": 12950},
}
OPPORTUNITIES = [
    {"customer_id": "C-100", "title": "Cold storage sensors", "value": 9400},
    {"customer_id": "C-100", "title": "Route planning", "value": 15200},
    {"customer_id": "C-200", "title": "Lens catalogue", "value": 3100},
]


async def crm_integration(parameters, context):
    customer_id = parameters.get("customer_id")
    if parameters["action"] == "get_customer":
        customer = CUSTOMERS.get(customer_id)
        if customer is None:
            return {"success": False, "error": f"There is no customer {customer_id}", "known": sorted(CUSTOMERS)}
        print("looked up", customer["name"])
        return {
            "status": "success",
            "customer": customer,
            "last_interaction": customer["last_contact"],
            "total_value": customer["lifetime_value"],
        }
    found = [o for o in OPPORTUNITIES if customer_id in (None, o["customer_id"])]
    return {"status": "success", "opportunities": found, "total_value": sum(o["value"] for o in found)}
