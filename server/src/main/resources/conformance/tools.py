"""The tools that MCP's conformance suite calls, as anybody could write them."""

import json
import time

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA=="


def text(said):
    return {"type": "text", "text": said}


def content(*parts):
    return {"content": list(parts)}


def image():
    return {"type": "image", "data": PNG, "mimeType": "image/png"}


def resource(uri, kind, said):
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": said}}


def elicit(message, properties, required):
    schema = {"type": "object", "properties": properties, "required": required}
    params = {"message": message, "requestedSchema": schema}
    return {"method": "elicitation/create", "params": params}


def sample(prompt, most):
    message = {"role": "user", "content": text(prompt)}
    return {"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": most}}


ROOTS = {"method": "roots/list", "params": {}}


def ask(state=None, **requests):
    asked = {"inputRequests": requests}
    if state is not None:
        asked["requestState"] = state
    return asked


def answers(context, *keys):
    """The answers to what was asked, once all of them are there."""
    given = context.get("input_responses", {})
    return [given[key] for key in keys] if all(key in given for key in keys) else None


def filled(answer, *fields):
    return answer.get("action") == "accept" and all(f in answer.get("content", {}) for f in fields)


def simple_text(parameters, context):
    return content(text("This is a simple text response for testing."))


def image_content(parameters, context):
    return content(image())


def audio_content(parameters, context):
    return content({"type": "audio", "data": WAV, "mimeType": "audio/wav"})


def embedded_resource(parameters, context):
    said = "This is an embedded resource content."
    return content(resource("test://embedded-resource", "text/plain", said))


def multiple_content_types(parameters, context):
    said = json.dumps({"test": "data", "value": 123})
    return content(
        text("Multiple content types test:"),
        image(),
        resource("test://mixed-content-resource", "application/json", said),
    )


def error_handling(parameters, context):
    raise RuntimeError("This tool intentionally returns an error for testing")


def with_progress(parameters, context):
    for done in (0, 50, 100):
        context.progress(done, 100, "%d of 100" % done)
        time.sleep(0.05)
    return content(text("Done"))


def with_logging(parameters, context):
    print("Tool execution started")
    time.sleep(0.05)
    print("Tool processing data")
    time.sleep(0.05)
    print("Tool execution completed")
    return content(text("Logged three lines"))


def sampling(parameters, context):
    given = answers(context, "sample")
    if not given:
        return ask(sample=sample(parameters["prompt"], 100))
    return content(text("LLM response: " + given[0]["content"]["text"]))


def elicitation(parameters, context):
    given = answers(context, "user")
    if not given:
        properties = {
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"},
        }
        return ask(user=elicit(parameters["message"], properties, ["username", "email"]))
    return content(text("User response: " + json.dumps(given[0])))


def completed(given):
    action, values = given["action"], json.dumps(given.get("content", {}))
    return content(text("Elicitation completed: action=%s, content=%s" % (action, values)))


def elicitation_defaults(parameters, context):
    given = answers(context, "user")
    if given:
        return completed(given[0])
    properties = {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        "verified": {"type": "boolean", "default": True},
    }
    return ask(user=elicit("Please review the values", properties, []))


def elicitation_enums(parameters, context):
    given = answers(context, "user")
    if given:
        return completed(given[0])

    def titled(word):
        return [
            {"const": "value%d" % n, "title": "%s %s" % (nth, word)}
            for n, nth in enumerate(("First", "Second", "Third"), 1)
        ]

    options = ["option1", "option2", "option3"]
    properties = {
        "untitledSingle": {"type": "string", "enum": options},
        "titledSingle": {"type": "string", "oneOf": titled("Option")},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": options}},
        "titledMulti": {"type": "array", "items": {"anyOf": titled("Choice")}},
    }
    return ask(user=elicit("Please choose", properties, []))


NAME = {"name": {"type": "string"}}


def input_elicitation(parameters, context):
    given = answers(context, "user_name")
    if not given or not filled(given[0], "name"):
        return ask(user_name=elicit("What is your name?", NAME, ["name"]))
    return content(text("Hello, %s!" % given[0]["content"]["name"]))


def input_sampling(parameters, context):
    given = answers(context, "capital_question")
    if not given:
        return ask(capital_question=sample("What is the capital of France?", 100))
    return content(text(given[0]["content"]["text"]))


def input_list_roots(parameters, context):
    given = answers(context, "client_roots")
    if not given:
        return ask(client_roots=ROOTS)
    return content(text("Roots: " + json.dumps(given[0]["roots"])))


def confirm():
    return elicit("Please confirm", {"ok": {"type": "boolean"}}, ["ok"])


def input_request_state(parameters, context):
    given = answers(context, "confirm")
    if not given or context.get("request_state") != "asked":
        return ask("asked", confirm=confirm())
    return content(text("state-ok"))


def input_multiple(parameters, context):
    given = answers(context, "user_name", "greeting", "client_roots")
    if not given:
        return ask(
            "asked",
            user_name=elicit("What is your name?", NAME, ["name"]),
            greeting=sample("Generate a greeting", 50),
            client_roots=ROOTS,
        )
    return content(text("Hello, %s!" % given[0]["content"]["name"]))


def input_multi_round(parameters, context):
    state = context.get("request_state")
    first, second = answers(context, "step1"), answers(context, "step2")
    if state == "round 2" and second:
        return content(text("Your colour is %s" % second[0]["content"]["color"]))
    if state == "round 1" and first:
        colour = {"color": {"type": "string"}}
        return ask("round 2", step2=elicit("Step 2: What is your favorite color?", colour, ["color"]))
    return ask("round 1", step1=elicit("Step 1: What is your name?", NAME, ["name"]))


def input_capabilities(parameters, context):
    able = context.get("client_capabilities", {})
    if context.get("input_responses"):
        return content(text("Thank you"))
    requests = {}
    if "elicitation" in able:
        requests["confirm"] = confirm()
    if "sampling" in able:
        requests["sample"] = sample("Say something", 50)
    return ask(**requests) if requests else content(text("This client cannot be asked"))


def streaming_elicitation(parameters, context):
    context.progress(1, 2, "Asking")
    return ask(confirm=confirm())


def missing_capability(parameters, context):
    return ask(sample=sample("Say something", 50))


def change_tool(parameters, context):
    """Changes a tool of the same server: what listens to lists hears of it."""
    return change(context, "/agents/tools/test_changing_tool")


def change_prompt(parameters, context):
    return change(context, "/api/prompts/test_changing_prompt")


def change(context, path):
    said = {"description": "Changed at %d" % time.time_ns()}
    headers = {"Authorization": "Bearer {{token}}"}
    context.fetch("{{server}}" + path, "PUT", headers=headers, json=said).raise_for_status()
    return content(text("Changed"))
