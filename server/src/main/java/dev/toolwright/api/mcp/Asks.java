package dev.toolwright.api.mcp;

import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import dev.toolwright.mcp.McpError;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Tool;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a client is asked for before a request can be finished.
///
/// @param requests by key: `{method, params}`
/// @param state what comes back with the answers; null: nothing
record Asks(ObjectNode requests, @Nullable JsonNode state) {
  private static final Set<String> FIELDS = Set.of("resultType", "inputRequests", "requestState");
  private static final Set<String> METHODS =
      Set.of("elicitation/create", "sampling/createMessage", "roots/list");
  private static final Set<String> ACTIONS = Set.of("accept", "decline", "cancel");

  /// Where a state holds what the tool itself gave: apart from what this server writes into it.
  private static final String TOOLS = "tool";

  /// What a function asks for by returning `inputRequests`. Others' values are data, whatever they
  /// look like.
  static Optional<Asks> of(Tool tool, Outcome outcome) {
    var isOurs =
        tool.content().config() instanceof Config.Function
            || tool.content().config() instanceof Config.Snippet;
    return isOurs
            && outcome instanceof Outcome.Succeeded(var value)
            && value.path("inputRequests") instanceof ObjectNode requests
            && !requests.isEmpty()
            && FIELDS.containsAll(value.propertyNames())
            && requests.values().stream()
                .allMatch(one -> METHODS.contains(one.path("method").asString("")))
        ? Optional.of(new Asks(requests, enclosed(value.path("requestState"))))
        : Optional.empty();
  }

  private static @Nullable JsonNode enclosed(JsonNode given) {
    return given.isMissingNode() || given.isNull() ? null : Json.object().set(TOOLS, given);
  }

  /// What the tool itself gave as its state; null: nothing.
  static @Nullable JsonNode toolsOwn(@Nullable JsonNode state) {
    return state == null ? null : state.get(TOOLS);
  }

  /// Makes sure that the client can be asked.
  ///
  /// @throws McpError naming what it would have to be able to do
  void requireOf(Client client) throws McpError {
    var lacking = Json.object();
    for (var request : requests.values()) {
      var method = request.path("method").asString("");
      if (!client.mayBeAsked(method)) {
        lacking.putObject(Client.capability(method));
      }
    }
    if (!lacking.isEmpty()) {
      throw new McpError(
          client.isModern() ? 400 : 200,
          McpError.MISSING_CAPABILITY,
          "This needs a client that can be asked: " + String.join(", ", lacking.propertyNames()),
          Json.object().set("requiredCapabilities", lacking));
    }
  }

  /// Whether all of it was answered so that it fits what was asked.
  boolean answeredBy(JsonNode answers, Schemas schemas) {
    return requests.properties().stream()
        .allMatch(one -> fits(one.getValue(), answers.path(one.getKey()), schemas));
  }

  private static boolean fits(JsonNode request, JsonNode answer, Schemas schemas) {
    return switch (request.path("method").asString("")) {
      case "elicitation/create" -> elicited(request, answer, schemas);
      case "sampling/createMessage" -> answer.has("content");
      default -> answer.path("roots").isArray();
    };
  }

  private static boolean elicited(JsonNode request, JsonNode answer, Schemas schemas) {
    var action = answer.path("action").asString("");
    if (!ACTIONS.contains(action)) {
      return false;
    }
    return !action.equals("accept")
        || !(request.path("params").path("requestedSchema") instanceof ObjectNode schema)
        || !schemas.faultsOf(schema).isEmpty()
        || schemas.check(schema, answer.path("content")).isEmpty();
  }
}
