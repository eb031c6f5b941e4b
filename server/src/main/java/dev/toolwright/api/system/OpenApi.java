package dev.toolwright.api.system;

import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Json;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Describes routes as an OpenAPI 3.1 document; the same routes give the same text.
final class OpenApi {
  private static final Pattern PLACE = Pattern.compile("\\{([^}]+)}");
  private static final List<String> REFUSALS = List.of("400", "401", "403", "404", "default");

  private OpenApi() {}

  static ObjectNode describe(List<Route> routes, String version) {
    var document = Json.object().put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "Toolwright")
        .put("version", version)
        .put("description", "Tools for AI agents: made, tried, shared and called.");
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

  private static ObjectNode operation(Route route) {
    var doc = route.doc();
    var operation = Json.object();
    var group = route.access().group();
    operation.putArray("tags").add(group == null ? "system" : group);
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
    operation.set("responses", responses(doc));
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

  private static ObjectNode responses(RouteDoc doc) {
    var responses = Json.object();
    var success = responses.putObject(Integer.toString(doc.status())).put("description", "Done");
    var content = success.putObject("content").putObject(doc.responseType());
    if (doc.responseSchema() != null) {
      content.set("schema", doc.responseSchema());
    } else {
      var type = doc.responseType().equals("application/json") ? "object" : "string";
      content.putObject("schema").put("type", type);
    }
    if (doc.responseExample() != null) {
      content.set("example", doc.responseExample());
    }
    for (var status : REFUSALS) {
      responses.putObject(status).put("$ref", "#/components/responses/Refusal");
    }
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
    var refusal =
        components.putObject("responses").putObject("Refusal").put("description", "Refused");
    refusal
        .putObject("content")
        .putObject("application/json")
        .putObject("schema")
        .put("$ref", "#/components/schemas/Error");
    components.putObject("schemas").set("Error", errorSchema());
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
