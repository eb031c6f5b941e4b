package dev.toolwright.api.system;

import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Describes routes as an OpenAPI 3.1 document; the same routes give the same text.
final class OpenApi {
  private static final Pattern PLACE = Pattern.compile("\\{([^}]+)}");

  /// What every route answers to its example, as a test recorded it.
  private static final JsonNode ANSWERS = answers();

  /// What stands for a place in examples: something that everybody has, or the kind of id that
  /// belongs there.
  private static final Map<String, String> PLACES =
      Map.ofEntries(
          Map.entry("agent_id", "asst_…"),
          Map.entry("approval_id", "appr_…"),
          Map.entry("batch_id", "batch_…"),
          Map.entry("schedule_id", "sched_…"),
          Map.entry("hook_id", "hook_…"),
          Map.entry("hook_address", "hookaddress_…"),
          Map.entry("approval_token", "approval_…"),
          Map.entry("workflow_id", "workflow_…"),
          Map.entry("run_id", "run_…"),
          Map.entry("artifact_id", "art_…"),
          Map.entry("link", "link_…"),
          Map.entry("connection_id", "conn_…"),
          Map.entry("server_id", "conn_…"),
          Map.entry("connector_id", "conn_…"),
          Map.entry("credential_id", "cred_…"),
          Map.entry("delivery_id", "msg_…"),
          Map.entry("endpoint_id", "endp_…"),
          Map.entry("execution_id", "call_…"),
          Map.entry("file", "docs.css"),
          Map.entry("job_id", "job_…"),
          Map.entry("pack_id", "healthcare"),
          Map.entry("catalog_id", "catalog_…"),
          Map.entry("prompt_id", "prompt_…"),
          Map.entry("resource_id", "res_…"),
          Map.entry("snippet_id", "snip_…"),
          Map.entry("state", "state_…"),
          Map.entry("token", "callback_…"),
          Map.entry("token_id", "token_…"),
          Map.entry("tool_id", "tool_…"),
          Map.entry("tool_name", "greet"),
          Map.entry("user_id", "user_…"),
          Map.entry("workspace_id", "ws_…"));

  /// The groups in the order in which somebody new needs them.
  private static final Map<String, String> TAGS = tags();

  private OpenApi() {}

  static ObjectNode describe(List<Route> routes, String version) {
    var document = Json.object().put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "Toolwright")
        .put("version", version)
        .put(
            "description",
            """
            Tools for AI agents: made, tried, shared and called. Send your token as `X-Token`. In examples \
            an id such as `asst_…` stands for one of yours; everything else runs as it is.\
            """);
    var tags = document.putArray("tags");
    TAGS.forEach((name, description) -> {
      if (routes.stream().anyMatch(route -> tag(route).equals(name))) {
        tags.addObject().put("name", name).put("description", description);
      }
    });
    var paths = document.putObject("paths");
    routes.stream()
        .sorted(Comparator.comparing(Route::path).thenComparing(Route::method))
        .forEach(route ->
            paths
                .withObjectProperty(route.path())
                .set(route.method().toLowerCase(Locale.ROOT), operation(route)));
    addComponents(document.putObject("components"));
    return document;
  }

  private static JsonNode answers() {
    try (var in = OpenApi.class.getResourceAsStream("/openapi/answers.json")) {
      if (in == null) {
        throw new IllegalStateException("missing resource answers.json");
      }
      return Json.stored(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> tags() {
    var tags = new LinkedHashMap<String, String>();
    tags.put("tools", "Make tools, try them, share them");
    tags.put("agents", "Make agents and give them work");
    tags.put("jobs", "What has been done lately");
    tags.put("workflows", "Several agents and tools in order");
    tags.put("catalog", "Tools as a catalogue");
    tags.put("custom-tools", "Connectors, snippets and tools of the workspace");
    tags.put("mcp", "Your tools for any MCP client");
    tags.put("enterprise", "Yourself: rights, tokens, credits");
    tags.put("admin", "People, workspaces and their limits");
    tags.put("system", "The server itself; no token needed");
    return tags;
  }

  private static String tag(Route route) {
    var group = route.access().group();
    return group == null ? "system" : group;
  }

  private static ObjectNode operation(Route route) {
    var doc = route.doc();
    var operation = Json.object();
    var group = route.access().group();
    operation.putArray("tags").add(tag(route));
    operation.put("summary", route.summary());
    if (!doc.description().isEmpty()) {
      operation.put("description", doc.description());
    }
    operation.put("operationId", operationId(route));
    var parameters = parameters(route);
    if (!parameters.isEmpty()) {
      operation.set("parameters", parameters);
    }
    if (doc.requestSchema() != null) {
      operation.set("requestBody", requestBody(doc));
    }
    operation.set("responses", responses(route));
    if (group == null) {
      operation.putArray("security");
    } else {
      var security = operation.putArray("security");
      for (var scheme : List.of("token", "bearer", "cookie")) {
        security.addObject().putArray(scheme);
      }
      operation.put("x-role", route.role().key());
    }
    return operation;
  }

  /// `GET /agents/{agent_id}` is `getAgentsByAgentId`.
  private static String operationId(Route route) {
    var id = new StringBuilder(route.method().toLowerCase(Locale.ROOT));
    for (var word : route.path().replace("{", "By/").split("[^A-Za-z0-9]+", -1)) {
      if (!word.isEmpty()) {
        id.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
      }
    }
    return id.toString();
  }

  private static ArrayNode parameters(Route route) {
    var parameters = Json.array();
    var place = PLACE.matcher(route.path());
    while (place.find()) {
      var parameter =
          parameters
              .addObject()
              .put("name", place.group(1))
              .put("in", "path")
              .put("required", true);
      parameter.putObject("schema").put("type", "string");
      if (PLACES.containsKey(place.group(1))) {
        parameter.put("example", PLACES.get(place.group(1)));
      }
    }
    for (var query : route.doc().queries()) {
      var parameter =
          parameters
              .addObject()
              .put("name", query.name())
              .put("in", "query")
              .put("description", query.description());
      parameter.putObject("schema").put("type", "string");
    }
    if (route.method().equals("POST") && !route.access().isPublic()) {
      parameters.addObject().put("$ref", "#/components/parameters/IdempotencyKey");
    }
    return parameters;
  }

  private static ObjectNode requestBody(RouteDoc doc) {
    var body = Json.object().put("required", true);
    var json = body.putObject("content").putObject("application/json");
    json.set("schema", doc.requestSchema());
    if (doc.requestExample() != null) {
      json.set("example", doc.requestExample());
    }
    return body;
  }

  private static ObjectNode responses(Route route) {
    var doc = route.doc();
    var responses = Json.object();
    var success = responses.putObject(Integer.toString(doc.status())).put("description", "Done");
    var content = success.putObject("content").putObject(doc.responseType());
    var type = doc.responseType().equals("application/json") ? "object" : "string";
    content.putObject("schema").put("type", type);
    var answer = ANSWERS.get(route.method() + " " + route.path());
    if (answer != null) {
      content.set("example", answer);
    }
    responses.putObject("4XX").put("$ref", "#/components/responses/Refusal");
    responses.putObject("default").put("$ref", "#/components/responses/Failure");
    return responses;
  }

  private static void addComponents(ObjectNode components) {
    var schemes = components.putObject("securitySchemes");
    schemes.putObject("token").put("type", "apiKey").put("in", "header").put("name", "X-Token");
    schemes.putObject("bearer").put("type", "http").put("scheme", "bearer");
    schemes
        .putObject("cookie")
        .put("type", "apiKey")
        .put("in", "cookie")
        .put("name", "accessToken");
    var key =
        components
            .putObject("parameters")
            .putObject("IdempotencyKey")
            .put("name", "Idempotency-Key")
            .put("in", "header")
            .put(
                "description",
                "The same key and body within 24 hours is answered again and not done again; with"
                    + " another body it is a conflict.");
    key.putObject("schema").put("type", "string").put("minLength", 1).put("maxLength", 255);
    var responses = components.putObject("responses");
    addError(
        responses.putObject("Refusal"),
        "Refused: 400 malformed or invalid, 401 no or bad token, 402 not enough credits, 403 not"
            + " allowed, 404, 409 conflict, 413, 415, 422 arguments that do not fit, 429",
        """
        {
          "statusCode": 400, "error": "Bad Request",
          "message": ["name is required", "instructions is required"], "details": {},
          "requestId": "req_…", "response": "400"
        }
        """);
    addError(
        responses.putObject("Failure"),
        "Failed: 500, or 503 while the server stops or is full",
        """
        {
          "statusCode": 503, "error": "Service Unavailable",
          "message": "The server is stopping; another will answer shortly", "details": {},
          "requestId": "req_…"
        }
        """);
    components.putObject("schemas").set("Error", errorSchema());
  }

  private static void addError(ObjectNode response, String description, String example) {
    response.put("description", description);
    var json = response.putObject("content").putObject("application/json");
    json.putObject("schema").put("$ref", "#/components/schemas/Error");
    json.set("example", Json.stored(example));
  }

  private static ObjectNode errorSchema() {
    var schema = Json.object().put("type", "object");
    var required = schema.putArray("required");
    List.of("statusCode", "error", "message", "details", "requestId").forEach(required::add);
    var properties = schema.putObject("properties");
    properties.putObject("statusCode").put("type", "integer");
    properties.putObject("error").put("type", "string").put("description", "The status in words");
    var message = properties.putObject("message").put("description", "Several faults: an array");
    var either = message.putArray("oneOf");
    either.addObject().put("type", "string");
    either.addObject().put("type", "array").putObject("items").put("type", "string");
    properties.putObject("details").put("type", "object");
    properties.putObject("requestId").put("type", "string");
    properties
        .putObject("response")
        .put("type", "string")
        .put("description", "The status again, on the Agents face");
    return schema;
  }
}
