package dev.toolwright.api.customtools;

import dev.toolwright.connection.Endpoint;
import dev.toolwright.connection.Operation;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An endpoint as this face spells it: declared parameters of the path, the query, headers and the
/// body, which become one flat schema of arguments.
final class EndpointBody {
  static final String[] FIELDS = {
    "name",
    "displayName",
    "description",
    "method",
    "path",
    "pathParams",
    "queryParams",
    "headers",
    "bodySchema",
    "bodyFormat",
    "responseSchema",
    "successCodes",
    "timeout"
  };

  /// Kept as they were given, to be shown again.
  private static final List<String> DECLARED = List.of("pathParams", "queryParams", "bodySchema");

  /// What decides how arguments fill the request.
  private static final List<String> REQUEST =
      List.of("method", "path", "pathParams", "queryParams", "bodySchema", "bodyFormat");

  private static final String[] SERVER_OWNED = {"id", "connectorId", "createdBy", "createdAt"};
  private static final String[] MOVING = {"updatedAt", "version", "parametersSchema"};

  private EndpointBody() {}

  /// The draft of a change: a body that is complete, of which some was sent and the rest is as it
  /// is shown. What was imported fills its request in ways that this face cannot say; that stays
  /// where nothing else is said.
  static Endpoint.Draft draft(Fields in, Endpoint old, ObjectNode shown, Predicate<String> sent) {
    in.ignore(MOVING);
    in.unchanged(shown, SERVER_OWNED);
    var draft = draft(in, old.content().connectionId());
    if (REQUEST.stream().anyMatch(sent)) {
      return draft;
    }
    var was = old.content().operation();
    var now = draft.content().operation();
    var content = draft.content();
    return new Endpoint.Draft(
        draft.name(),
        new Endpoint.Content(
            content.connectionId(),
            content.title(),
            content.description(),
            new Operation(
                was.method(),
                was.url(),
                was.query(),
                now.headers(),
                was.body(),
                was.bodyFormat(),
                now.answer()),
            old.content().parametersSchema(),
            content.responseSchema(),
            content.timeoutMs(),
            content.declared()));
  }

  /// The draft of a body that is complete.
  static Endpoint.Draft draft(Fields in, String connectionId) {
    in.spell("url", "path").spell("parameters", "pathParams");
    if (!in.has("name")) {
      in.fault("name", "is required");
    }
    var name = in.pattern("name", Answers.SLUG, Answers.SLUG_FAULT);
    var method = in.text("method", 10, "GET").toUpperCase(Locale.ROOT);
    if (!Operation.METHODS.contains(method)) {
      in.fault("method", "must be one of " + String.join(", ", Operation.METHODS));
    }
    var path = in.requiredText("path", 1, 4_000);
    var pathParams = ParameterList.read(in, "pathParams");
    var queryParams = ParameterList.read(in, "queryParams");
    var body = in.object("bodySchema");
    var format = in.choice("bodyFormat", List.of("json", "form", "multipart"));
    var operation =
        new Operation(
            method,
            path,
            places(queryParams),
            Operation.texts(in, "headers"),
            null,
            format == null ? Operation.BodyFormat.JSON : Operation.BodyFormat.of(format),
            new Operation.Answer(null, null, codes(in)));
    var declared = Json.object();
    for (var field : DECLARED) {
      var value = in.any(field);
      if (value != null) {
        declared.set(field, value);
      }
    }
    return new Endpoint.Draft(
        name == null ? "" : name,
        new Endpoint.Content(
            connectionId,
            in.text("displayName", 100, name == null ? "" : name),
            in.text("description", 4_000, ""),
            operation,
            merged(operation, pathParams, queryParams, body),
            in.object("responseSchema"),
            in.integer("timeout", 100, 300_000),
            declared));
  }

  private static List<Integer> codes(Fields in) {
    var codes = new ArrayList<Integer>();
    var given = in.any("successCodes");
    if (given != null) {
      given.forEach(code -> codes.add(code.asInt(0)));
      if (!given.isArray() || codes.stream().anyMatch(code -> code < 100 || code > 599)) {
        in.fault("successCodes", "must be a list of HTTP status codes");
      }
    }
    return codes;
  }

  /// A query that is filled with the arguments of the same names.
  private static Map<String, String> places(@Nullable ObjectNode schema) {
    var places = new TreeMap<String, String>();
    if (schema != null) {
      schema
          .path("properties")
          .propertyNames()
          .forEach(name -> places.put(name, "{{" + name + "}}"));
    }
    return places;
  }

  /// One schema of arguments: what the places of the request tell, and over it what is declared.
  private static ObjectNode merged(
      Operation operation,
      @Nullable ObjectNode path,
      @Nullable ObjectNode query,
      @Nullable ObjectNode body) {
    var schema = operation.impliedParameters();
    var properties = (ObjectNode) schema.path("properties");
    var required = new LinkedHashSet<String>();
    schema.path("required").forEach(name -> required.add(name.asString()));
    for (var declared : new ObjectNode[] {path, query, body}) {
      if (declared != null) {
        for (var property : declared.path("properties").properties()) {
          properties.set(property.getKey(), property.getValue());
        }
        declared.path("required").forEach(name -> required.add(name.asString("")));
      }
    }
    var list = schema.putArray("required");
    required.forEach(list::add);
    return schema;
  }

  static ObjectNode shown(Endpoint endpoint) {
    var content = endpoint.content();
    var operation = content.operation();
    var shown =
        Json.object()
            .put("id", endpoint.id())
            .put("connectorId", content.connectionId())
            .put("name", endpoint.name())
            .put("displayName", content.title())
            .put("description", content.description())
            .put("method", operation.method())
            .put("path", operation.url());
    for (var field : DECLARED) {
      shown.set(field, content.declared().get(field));
    }
    shown.set("headers", Json.tree(new TreeMap<>(operation.headers())));
    shown.put("bodyFormat", operation.bodyFormat().key());
    shown.set("responseSchema", content.responseSchema());
    shown.set("successCodes", codes(operation));
    if (content.timeoutMs() != null) {
      shown.put("timeout", content.timeoutMs());
    }
    shown.set("parametersSchema", content.parametersSchema());
    return shown
        .put("version", endpoint.version())
        .put("createdBy", endpoint.ownerName())
        .put("createdAt", Answers.time(endpoint.createdAt()))
        .put("updatedAt", Answers.time(endpoint.updatedAt()));
  }

  private static @Nullable JsonNode codes(Operation operation) {
    return operation.answer().successCodes().isEmpty()
        ? null
        : Json.tree(operation.answer().successCodes());
  }

  static ObjectNode example() {
    var example =
        Json.object()
            .put("name", "get_user")
            .put("displayName", "Get GitHub User")
            .put("method", "GET")
            .put("path", "/users/{username}");
    example
        .putArray("pathParams")
        .addObject()
        .put("name", "username")
        .put("type", "string")
        .put("required", true);
    return example;
  }
}
