"""What a script of somebody's does on the Agents face, with Python's own library alone.

A bakery makes its tools and agents and lets them work. Each chapter uses what the ones before it
made. Prints the name of each chapter that went well; ends with a traceback at the first surprise.

    python3 bakery.py http://127.0.0.1:8080 admin PASSWORD
"""

import json
import sys
import time
import urllib.error
import urllib.request

BASE, USERNAME, PASSWORD = sys.argv[1:4]
made = {}


class Answer:
    def __init__(self, status, text):
        self.status = status
        self.text = text

    def json(self):
        return json.loads(self.text)


def call(method, path, body=None, token=None):
    request = urllib.request.Request(BASE + path, method=method)
    if token is not None or "token" in made:
        request.add_header("X-Token", made["token"] if token is None else token)
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, data, timeout=60) as response:
            return Answer(response.status, response.read().decode())
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, refused.read().decode())


def get(path, **more):
    return call("GET", path, **more)


def post(path, body=None, **more):
    return call("POST", path, {} if body is None else body, **more)


def put(path, body):
    return call("PUT", path, body)


def ok(answer):
    """The body of an answer as this face gives it."""
    assert answer.status == 200, f"{answer.status}: {answer.text}"
    body = answer.json()
    assert body["response"] == "200", body
    return body


def refused(answer, status, *words):
    assert answer.status == status, f"{answer.status}: {answer.text}"
    body = answer.json()
    assert body["response"] == str(status) and body["statusCode"] == status, body
    for word in words:
        assert word in json.dumps(body["message"]), body
    return body


def whole_second(text):
    time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    return True


def tokens():
    refused(get("/agents/list"), 401)
    refused(get("/agents/list", token="tw_" + "0" * 64), 401)
    refused(post("/token/get_token", {"username": USERNAME, "password": "no"}), 401)
    answer = ok(post("/token/get_token", {"username": USERNAME, "password": PASSWORD}))
    assert answer["token_type"] == "bearer" and whole_second(answer["expires_at"])
    made["token"] = answer["token"]
    ok(get("/agents/list"))


def agents():
    body = {
        "name": "Recipe keeper",
        "instructions": "Know every recipe of the house and the reason for every step.",
        "tools": ["calculator", "document_generator"],
        "model": "gpt-4o",
        "temperature": 0.3,
        "metadata": {"shop": "corner", "shelf": 4},
    }
    answer = ok(post("/agents/create", body))
    assert answer["agent_id"].startswith("asst_") and answer["model"] == "gpt-4o"
    assert "created" in answer["message"]
    made["keeper"] = answer["agent_id"]
    # Names may be used twice; what is left out has its default.
    plain = ok(post("/agents/create", {"name": "Recipe keeper", "instructions": "Help."}))
    assert plain["agent_id"] != made["keeper"] and plain["model"] == "gpt-4o"

    listed = ok(get("/agents/list"))
    assert listed["count"] == len(listed["agents"]) >= 2
    for one in listed["agents"]:
        assert one["is_owner"] is True and isinstance(one["tools"], list)
    keeper = next(one for one in listed["agents"] if one["agent_id"] == made["keeper"])
    assert len(keeper["tools"]) == 2 and keeper["model"] == "gpt-4o"
    shared = ok(get("/agents/list?include_shared=true"))
    assert shared["count"] >= listed["count"]

    shown = ok(get("/agents/" + made["keeper"]))
    assert shown["metadata"] == body["metadata"] and shown["temperature"] == 0.3
    faults = refused(post("/agents/create", {"temperature": 3}), 400)["message"]
    assert isinstance(faults, list) and len(faults) == 3, faults


def templates():
    found = ok(get("/agents/templates"))["templates"]
    by_id = {template["id"]: template for template in found}
    assert len(found) == len(by_id) == 12
    for field in ("name", "role", "description", "default_tools", "model", "temperature"):
        assert all(template[field] for template in found), field
    advisor = by_id["legal_advisor"]
    answer = ok(
        post(
            "/agents/custom/create",
            {
                "name": "Food law",
                "description": "Labels and allergens",
                "base_template": advisor["id"],
                "instructions": "Only food law.",
                "tools": advisor["default_tools"][:1] + ["oven_control"],
            },
        )
    )
    assert answer["tools"] == advisor["default_tools"][:1]
    assert answer["skipped_tools"] == ["oven_control"] and "oven_control" in answer["message"]
    shown = ok(get("/agents/" + answer["agent_id"]))
    assert shown["temperature"] == advisor["temperature"] and shown["model"] == advisor["model"]
    assert shown["instructions"].endswith("Only food law.")
    assert len(shown["instructions"]) > len("Only food law.")
    refused(post("/agents/custom/create", {"name": "x", "base_template": "wizard"}), 400, "base_template")
    # Without a template there is nothing to inherit, and metadata goes along.
    free = {"name": "Taster", "instructions": "Taste.", "metadata": {"learns": True}}
    assert ok(post("/agents/custom/create", free))["base_template"] is None


def hierarchy():
    base = {"name": "Consultant", "base_template": "business_consultant", "instructions": "First."}
    parent = ok(post("/agents/custom/create", base))["agent_id"]
    for number, words in enumerate(("Second.", "Third.")):
        level = {"name": f"Level {number}", "base_template": parent, "instructions": words}
        parent = ok(post("/agents/custom/create", level))["agent_id"]
    text = ok(get("/agents/" + parent))["instructions"]
    assert text.index("First.") < text.index("Second.") < text.index("Third.")
    assert len(ok(get("/agents/" + parent))["inherits_from"]) == 3


def packs():
    found = {pack["id"]: pack for pack in ok(get("/agents/packs"))["packs"]}
    for name in ("healthcare", "fintech"):
        installed = ok(post(f"/agents/packs/{name}/install"))
        assert [one["name"] for one in installed["agents"]] == [
            one["name"] for one in found[name]["agents"]
        ]
        assert all(one["agent_id"].startswith("asst_") for one in installed["agents"])
    assert installed["skipped_tools"] == ["crm_integration"]
    # The same by hand, one agent after the other.
    for member in found["fintech"]["agents"]:
        ok(post("/agents/custom/create", {**member, "instructions": "As the pack has it."}))


DOUGH = '''
def dough(parameters, context):
    """Weighs out the ingredients of a dough."""
    import math
    if parameters["hydration"] > 1.2:
        return {"success": False, "error": "That is soup", "error_type": "validation_error"}
    grams = sum(loaf["grams"] for loaf in parameters["loaves"])
    flour = grams / (1 + parameters["hydration"] + parameters["salt"])
    print("for", context["user_id"], "in test mode:", context["test_mode"])
    return {
        "flour": math.floor(flour),
        "water": math.floor(flour * parameters["hydration"]),
        "kinds": sorted({loaf["kind"] for loaf in parameters["loaves"]}),
        "asked_by": context.get("shop"),
    }
'''


def schema():
    loaf = {
        "type": "object",
        "properties": {"kind": {"type": "string"}, "grams": {"type": "number"}},
        "required": ["kind", "grams"],
    }
    return {
        "type": "object",
        "properties": {
            "loaves": {"type": "array", "items": loaf, "description": "What is to be baked"},
            "hydration": {"type": "number", "default": 0.7, "description": "Water to flour"},
            "salt": {"type": "number", "default": 0.02},
        },
        "required": ["loaves"],
    }


def function_tools():
    tool = {
        "name": "dough",
        "description": "Weighs out dough",
        "category": "kitchen",
        "tool_type": "function",
        "parameters_schema": schema(),
        "implementation": {"code": DOUGH, "function_name": "dough"},
        "requires_auth": False,
        "max_execution_time_ms": 10_000,
        "is_shared": False,
    }
    answer = ok(post("/agents/tools/create", tool))
    assert answer["tool_name"] == "dough" and answer["tool_id"].startswith("tool_")
    refused(post("/agents/tools/create", tool), 409, "dough")
    broken = {**tool, "name": "burnt", "implementation": {"code": "def burnt(parameters, context:\n  return 1"}}
    refused(post("/agents/tools/create", broken), 400, "line 1")
    from_template = ok(get("/agents/tools/templates"))["templates"]
    assert set(from_template) == {"http_request", "data_processor", "text_analyzer"}
    for number, (name, definition) in enumerate(from_template.items()):
        changed = {**definition, "name": f"from_{name}", "category": "kitchen"}
        assert ok(post("/agents/tools/create", changed))["tool_name"] == f"from_{name}"
    assert ok(get("/agents/tools?categories=kitchen"))["count"] == 4


def testing():
    loaves = [{"kind": "rye", "grams": 860}, {"kind": "wheat", "grams": 860}]
    task = {"parameters": {"loaves": loaves}, "context": {"shop": "corner", "user_id": "somebody"}}
    answer = ok(post("/agents/tools/dough/test", task))
    assert answer["success"] is True and answer["execution_time_ms"] > 0
    assert answer["result"] == {"flour": 1000, "water": 700, "kinds": ["rye", "wheat"], "asked_by": "corner"}
    assert answer["logs"][0].endswith("in test mode: True") and "somebody" not in answer["logs"][0]
    soup = ok(post("/agents/tools/dough/test", {"parameters": {"loaves": loaves, "hydration": 2}}))
    assert soup["success"] is False and soup["error_type"] == "validation_error"
    assert soup["error"] == "That is soup" and "result" in soup and "execution_time_ms" in soup
    crash = ok(post("/agents/tools/dough/test", {"parameters": {"loaves": loaves, "hydration": -1, "salt": 0}}))
    assert crash["success"] is False and crash["result"] is None
    assert crash["error_type"] == "execution_error" and "ZeroDivisionError" in crash["error"]
    refused(post("/agents/tools/dough/test", {"parameters": {"loaves": "all"}}), 422, "loaves")
    refused(post("/agents/tools/oven/test", {"parameters": {}}), 404, "oven")


def details():
    mine = ok(get("/agents/tools/list?created_by_me=true"))
    dough = next(tool for tool in mine["tools"] if tool["tool_name"] == "dough")
    assert mine["count"] == len(mine["tools"]) and whole_second(dough["created_at"])
    assert dough["usage_stats"]["usage_count"] == 4 and dough["is_shared"] is False
    tool = ok(get("/agents/tools/dough"))["tool"]
    assert tool["creator_name"] == USERNAME and tool["category"] == "kitchen"
    assert tool["max_execution_time_ms"] == 10_000 and tool["requires_auth"] is False
    assert tool["parameters_schema"]["required"] == ["loaves"]
    assert f"{tool['usage_stats']['avg_execution_time_ms']:.1f}" != "0.0"
    assert whole_second(tool["usage_stats"]["last_used"])


def update():
    change = {"description": "Weighs out any dough", "is_shared": True, "max_execution_time_ms": 15_000}
    answer = ok(put("/agents/tools/dough", change))
    assert answer["tool_name"] == "dough" and answer["version"] == 2
    wider = schema()
    wider["properties"]["oven"] = {"type": "string", "default": "stone"}
    ok(put("/agents/tools/dough", {"parameters_schema": wider}))
    tool = ok(get("/agents/tools/dough"))["tool"]
    assert tool["version"] == 3 and tool["is_shared"] is True
    assert tool["description"] == change["description"] and "oven" in tool["parameters_schema"]["properties"]
    assert tool["implementation"]["code"] == DOUGH
    # Changed back and forth as shown: nothing that the server owns stands in the way.
    ok(put("/agents/tools/dough", tool))


def sharing():
    ids = []
    for name in ("baker-1", "baker-2"):
        answer = call("POST", "/api/users", {"username": name, "password": "rise and shine"})
        assert answer.status == 201, answer.text
        ids.append(answer.json()["id"])
    ok(put("/agents/tools/dough", {"is_shared": False}))
    theirs = ok(post("/token/get_token", {"username": "baker-1", "password": "rise and shine"}))["token"]
    made["baker"] = theirs
    refused(get("/agents/tools/dough", token=theirs), 404)
    grant = {"user_ids": ids, "grant_access": True}
    assert ok(post("/agents/tools/dough/share", grant))["message"] == "Tool access granted for 2 users"
    assert ok(get("/agents/tools/dough", token=theirs))["tool"]["implementation"] is None
    ok(post("/agents/tools/dough/test", {"parameters": {"loaves": []}}, token=theirs))
    revoke = {"user_ids": ids[1:], "grant_access": False}
    assert ok(post("/agents/tools/dough/share", revoke))["message"] == "Tool access revoked for 1 users"
    unknown = {"user_ids": [ids[0], "nobody-1"], "grant_access": True}
    refused(post("/agents/tools/dough/share", unknown), 404, "nobody-1")


def wait(job, seconds=30):
    """Polls as a client does that knows nothing better."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = ok(get("/agents/status/" + job))
        assert status["status"] in ("queued", "processing", "completed", "failed"), status
        if status["status"] in ("completed", "failed"):
            return status
        assert status["completed_at"] is None and status["error_message"] is None
        time.sleep(0.05)
    raise AssertionError("not done in time")


def execution():
    agent = {"name": "Head baker", "instructions": "Bake.", "tools": ["dough"], "model": "gpt-4o-mini"}
    made["head"] = ok(post("/agents/create", agent))["agent_id"]
    message = 'Weigh it out.\nCALL dough {"loaves": [{"kind": "rye", "grams": 1720}]}\n---\nSAY <<last_tool_result>>'
    task = {"agent_id": made["head"], "message": message, "context": {"shop": "corner", "urgency": "high"}}
    started = ok(post("/agents/execute", task))
    assert started["model"] == "agent_execution"
    for counter in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert started[counter] == 0
    assert started["status_url"] == "/agents/status/" + started["job_id"]
    made["job"] = started["job_id"]
    refused(post("/agents/execute", {**task, "tools": ["oven_control"]}), 403, "oven_control")
    refused(post("/agents/execute", {**task, "agent_id": "asst_" + "0" * 24}), 404)
    refused(post("/agents/execute", {**task, "thread_id": "thread_" + "0" * 24}), 404)


def status():
    ended = wait(made["job"])
    assert ended["status"] == "completed", ended
    for moment in ("created_at", "started_at", "completed_at"):
        assert whole_second(ended[moment])
    assert isinstance(ended["elapsed_seconds"], int)
    result = ended["result"]
    assert result["run_id"].startswith("run_") and result["thread_id"].startswith("thread_")
    weighed = json.loads(result["response"])
    assert weighed["flour"] == 1000 and weighed["asked_by"] == "corner"
    usage = result["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert whole_second(result["completed_at"])
    # The next task in the same conversation, with no tools at all.
    task = {"agent_id": made["head"], "message": "SAY Good.", "tools": [], "thread_id": result["thread_id"]}
    again = wait(ok(post("/agents/execute", task))["job_id"])
    assert again["result"]["thread_id"] == result["thread_id"]
    assert again["result"]["response"] == "Good."
    refused(get("/agents/status/" + made["job"], token=made["baker"]), 404)


SLOW = "def prove(parameters, context):\n    import time\n    time.sleep(30)\n"


def recent_jobs():
    tool = {"name": "prove", "description": "Lets a dough rise", "tool_type": "function"}
    tool["parameters_schema"] = {"type": "object", "properties": {}}
    tool["implementation"] = {"code": SLOW}
    ok(post("/agents/tools/create", tool))
    slow = {"agent_id": made["head"], "message": "CALL prove\nSAY Risen", "tools": ["prove"]}
    late = ok(post("/agents/execute", {**slow, "timeout_seconds": 1}))["job_id"]
    assert wait(late)["status"] == "failed"
    failing = ok(post("/agents/execute", {"agent_id": made["head"], "message": "FAIL no flour"}))["job_id"]
    assert "no flour" in wait(failing)["error_message"]
    jobs = ok(get("/jobs/status/recent"))["jobs"]
    assert [job["id"] for job in jobs[:2]] == [failing, late]
    assert {job["status"] for job in jobs} == {"completed", "failed"}
    with_timeout = [job["id"] for job in jobs if "timeout" in job.get("error_message", "").lower()]
    assert with_timeout == [late]
    assert all(job["error_message"] == "" for job in jobs if job["status"] == "completed")


def permissions():
    usable = [tool["name"] for tool in ok(get("/agents/tools"))["tools"]]
    for name in ("web_search", "database_query", "calculator", "send_email", "data_analysis"):
        assert name in usable
    for name in ("document_generator", "calendar_manager", "task_manager", "dough"):
        assert name in usable
    some = ok(get("/agents/tools?categories=analytics&categories=math"))["tools"]
    assert {tool["category"] for tool in some} == {"analytics", "math"}
    assert all(isinstance(tool["parameters_schema"].get("properties"), dict) for tool in some)
    body = {"name": "Thief", "instructions": "Take.", "tools": ["oven_control", "calculator"]}
    assert refused(post("/agents/create", body), 403)["details"]["tools"] == ["oven_control"]
    # A tool that exists and one that does not are refused with the same words.
    body["tools"] = ["prove"]
    hidden = refused(post("/agents/create", body, token=made["baker"]), 403)
    body["tools"] = ["proof"]
    absent = refused(post("/agents/create", body, token=made["baker"]), 403)
    assert hidden["message"].replace("prove", "proof") == absent["message"]


def workflows():
    team = {
        name: ok(post("/agents/create", {"name": name, "instructions": "Help the bakery."}))["agent_id"]
        for name in ("Miller", "Baker", "Seller")
    }

    def flow(kind, **conditions):
        entries = [{"agent_id": agent, "role": name} for name, agent in team.items()]
        for entry in entries:
            if entry["role"] in conditions:
                entry["conditions"] = conditions[entry["role"]]
        body = {"name": f"Bread, {kind}", "description": "From grain to loaf", "flow_type": kind, "agents": entries}
        return ok(post("/agents/workflow/create", body))["workflow_id"]

    def play(workflow, **context):
        body = {"workflow_id": workflow, "initial_input": "Bake forty loaves.", "context": context}
        return wait(ok(post("/agents/workflow/execute", body))["job_id"])

    line = play(flow("sequential"), grain="rye")
    steps = line["result"]["workflow_results"]
    assert [step["step"] for step in steps] == [1, 2, 3]
    assert [step["role"] for step in steps] == list(team)
    assert all(step["agent_id"] == team[step["role"]] and step["output"][:200] for step in steps)
    assert "elapsed_seconds" in line and "estimated_remaining" in line
    together = play(flow("parallel"))["result"]["workflow_results"]
    assert [step["status"] for step in together] == ["completed"] * 3
    chosen = flow(
        "conditional",
        Miller=["need == 'flour'"],
        Baker=["need == 'bread'", "amount > 10"],
        Seller=["need == 'money'"],
    )
    ran = [step["role"] for step in play(chosen, need="bread", amount=40)["result"]["workflow_results"]
           if step["status"] == "completed"]
    assert ran == ["Baker"]
    assert "need == 'flour' was false" in play(chosen, need="sleep")["error_message"]


def diagnosis():
    assert call("GET", "/health/live").json()["status"] == "live"
    assert call("GET", "/health/ready").json()["database"] == "up"
    first = ok(get("/agents/list"))["agents"][0]["agent_id"]
    greeting = {"agent_id": first, "message": "Greet me in one word.", "tools": []}
    answered = wait(ok(post("/agents/execute", greeting))["job_id"])
    assert answered["status"] == "completed" and answered["result"]["model"] == "rehearsal"
    assert answered["result"]["response"]
    begun = time.monotonic()
    ok(get("/agents/templates"))
    assert time.monotonic() - begun < 5


for chapter in (
    tokens,
    agents,
    templates,
    hierarchy,
    packs,
    function_tools,
    testing,
    details,
    update,
    sharing,
    execution,
    status,
    recent_jobs,
    permissions,
    workflows,
    diagnosis,
):
    chapter()
    print(chapter.__name__, flush=True)
