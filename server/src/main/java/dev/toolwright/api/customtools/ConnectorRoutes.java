package dev.toolwright.api.customtools;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Executions;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.Endpoint;
import dev.toolwright.connection.Endpoints;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.CallContext;
import dev.toolwright.tool.CallResult;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.ToolCalls;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// `/api/custom-tools/connectors`: connections and their endpoints.
public final class ConnectorRoutes {
  private static final String ALL = "/api/custom-tools/connectors";

  private final Connections connections;
  private final Endpoints endpoints;
  private final ToolCalls calls;

  public ConnectorRoutes(Connections connections, Endpoints endpoints, ToolCalls calls) {
    this.connections = connections;
    this.endpoints = endpoints;
    this.calls = calls;
  }

  public List<Route> routes() {
    var one = ALL + "/{connector_id}";
    var body = RouteDoc.NONE.request(Answers.schema(ConnectorBody.FIELDS), ConnectorBody.example());
    return List.of(
        Route.of("POST", ALL, Answers.ACCESS, Answers.WRITE, "Register a connector", this::create)
            .doc(body.status(201)),
        Route.of("GET", ALL, Answers.ACCESS, Answers.READ, "List connectors", this::list),
        Route.of("GET", one, Answers.ACCESS, Answers.READ, "Show a connector", this::show),
        Route.of("PUT", one, Answers.ACCESS, Answers.WRITE, "Change a connector", this::update)
            .doc(body),
        Route.of("DELETE", one, Answers.ACCESS, Answers.WRITE, "Delete a connector", this::delete)
            .doc(RouteDoc.NONE.query("force", "true: also when tools or endpoints use it")),
        Route.of(
                "POST",
                one + "/endpoints",
                Answers.ACCESS,
                Answers.WRITE,
                "Register an endpoint",
                this::createEndpoint)
            .doc(
                RouteDoc.NONE
                    .request(Answers.schema(EndpointBody.FIELDS), EndpointBody.example())
                    .status(201)),
        Route.of(
            "GET",
            one + "/endpoints",
            Answers.ACCESS,
            Answers.READ,
            "List a connector's endpoints",
            this::listEndpoints),
        Route.of(
            "GET",
            ALL + "/endpoints/{endpoint_id}",
            Answers.ACCESS,
            Answers.READ,
            "Show an endpoint",
            this::showEndpoint),
        Route.of(
                "PUT",
                ALL + "/endpoints/{endpoint_id}",
                Answers.ACCESS,
                Answers.WRITE,
                "Change an endpoint",
                this::updateEndpoint)
            .doc(
                RouteDoc.NONE.request(Answers.schema(EndpointBody.FIELDS), EndpointBody.example())),
        Route.of(
                "DELETE",
                ALL + "/endpoints/{endpoint_id}",
                Answers.ACCESS,
                Answers.WRITE,
                "Delete an endpoint",
                this::deleteEndpoint)
            .doc(RouteDoc.NONE.query("force", "true: also when tools use it, which then fail")),
        Route.of(
                "POST",
                ALL + "/endpoints/{endpoint_id}/call",
                Answers.ACCESS,
                Answers.WRITE,
                "Call an endpoint once",
                this::call)
            .doc(
                RouteDoc.NONE.request(
                    Answers.schema("parameters", "pathParams", "queryParams", "headers", "body"),
                    Json.object().set("parameters", Json.object().put("username", "octocat")))));
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var made = connections.create(exchange.caller(), ConnectorBody.draft(in, null, null), in);
    exchange.json(
        201,
        Answers.one("API connector registered successfully", "connector", shown(exchange, made)));
  }

  private void list(Exchange exchange) {
    var found = connections.list(exchange.caller(), Answers.listing(exchange));
    exchange.json(
        200, Answers.list("connectors", found.page(), found.total(), ConnectorBody::shown));
  }

  private void show(Exchange exchange) {
    exchange.json(200, Answers.one("connector", ConnectorBody.shown(found(exchange))));
  }

  private void update(Exchange exchange) {
    var old = found(exchange);
    var in = Fields.of(exchange.body());
    var draft = ConnectorBody.draft(in, old, ConnectorBody.shown(old));
    var saved = connections.update(exchange.caller(), old.id(), draft, in);
    exchange.json(
        200,
        Answers.one("API connector updated successfully", "connector", shown(exchange, saved)));
  }

  private void delete(Exchange exchange) {
    connections.delete(
        exchange.caller(), exchange.path("connector_id"), exchange.flag("force", false));
    exchange.json(200, Json.object().put("message", "API connector deleted successfully"));
  }

  private void createEndpoint(Exchange exchange) {
    var connection = found(exchange);
    var in = Fields.of(exchange.body());
    var made = endpoints.create(exchange.caller(), EndpointBody.draft(in, connection.id()), in);
    exchange.json(
        201,
        Answers.one("API endpoint registered successfully", "endpoint", EndpointBody.shown(made)));
  }

  private void listEndpoints(Exchange exchange) {
    var found = endpoints.of(exchange.caller(), found(exchange));
    exchange.json(200, Answers.list("endpoints", found, found.size(), EndpointBody::shown));
  }

  private void showEndpoint(Exchange exchange) {
    exchange.json(200, Answers.one("endpoint", EndpointBody.shown(endpoint(exchange))));
  }

  /// Changes only what is sent: the rest is as it is shown.
  private void updateEndpoint(Exchange exchange) {
    var old = endpoint(exchange);
    var shown = EndpointBody.shown(old);
    var body = shown.deepCopy();
    body.setAll(exchange.body());
    var in = Fields.of(body);
    var sent = exchange.body();
    var saved =
        endpoints.update(
            exchange.caller(), old.id(), EndpointBody.draft(in, old, shown, sent::has), in);
    exchange.json(
        200,
        Answers.one("API endpoint updated successfully", "endpoint", EndpointBody.shown(saved)));
  }

  private void deleteEndpoint(Exchange exchange) {
    endpoints.delete(
        exchange.caller(), exchange.path("endpoint_id"), exchange.flag("force", false));
    exchange.json(200, Json.object().put("message", "API endpoint deleted successfully"));
  }

  private void call(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var arguments = Json.object();
    for (var place : List.of("parameters", "pathParams", "queryParams", "headers", "body")) {
      arguments.setAll(Objects.requireNonNullElseGet(in.object(place), Json::object));
    }
    in.finish();
    var tool =
        Tool.standingFor(endpoints.callable(exchange.caller(), exchange.path("endpoint_id")));
    var result =
        calls.call(
            exchange.caller(),
            tool,
            arguments,
            CallContext.direct(
                "execute",
                exchange.caller(),
                tool,
                Json.object(),
                PricedAction.TOOL_CALL,
                exchange.header("Idempotency-Key")));
    if (result.outcome() instanceof Outcome.Succeeded(var value)) {
      var answer = Json.object().put("message", "API call successful");
      answer.set("data", value);
      exchange.json(200, answered(answer, result));
    } else {
      Executions.executed(exchange, "", result);
    }
  }

  private static ObjectNode answered(ObjectNode answer, CallResult result) {
    answer.put("retryCount", Math.max(0, result.attempts() - 1));
    return Executions.known(answer, result);
  }

  private Connection found(Exchange exchange) {
    return connections.get(exchange.caller(), exchange.path("connector_id"));
  }

  private Endpoint endpoint(Exchange exchange) {
    return endpoints.get(exchange.caller(), exchange.path("endpoint_id"));
  }

  /// As a GET would show it: with the type of its credential.
  private ObjectNode shown(Exchange exchange, Connection connection) {
    return ConnectorBody.shown(connections.get(exchange.caller(), connection.id()));
  }
}
