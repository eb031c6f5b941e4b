package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.Checkup;
import dev.toolwright.connection.Connection;
import dev.toolwright.connection.Connections;
import dev.toolwright.connection.Consents;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// `/api/connections`: remotes with their credentials, which tools refer to.
public final class ConnectionRoutes {
  /// What of an auth is no secret.
  private static final List<String> OF_THE_CONNECTION =
      List.of(
          "username",
          "key_name",
          "in",
          "token_url",
          "authorize_url",
          "client_id",
          "scope",
          "client_auth");

  private final Connections connections;
  private final Checkup checkup;
  private final Consents consents;
  private final Clock clock;

  public ConnectionRoutes(
      Connections connections, Checkup checkup, Consents consents, Clock clock) {
    this.connections = connections;
    this.checkup = checkup;
    this.consents = consents;
    this.clock = clock;
  }

  public List<Route> routes() {
    var all = "/api/connections";
    var one = "/api/connections/{connection_id}";
    var body =
        RouteDoc.NONE.request(Shapes.schema(ConnectionBody.FIELDS), ConnectionBody.example());
    return List.of(
        Route.of("POST", all, Shapes.OWN, Role.MEMBER, "Make a connection", this::create)
            .doc(
                body.description(
                        "Secrets are moved to the vault and never shown again. auth is an object with"
                            + " type none, api_key, bearer, basic, oauth2_client_credentials or"
                            + " oauth2_authorization_code; api_key and access_token alone serve the places"
                            + " {{api_key}} and {{access_token}}.")
                    .status(201)),
        Route.of("GET", all, Shapes.OWN, Role.VIEWER, "The connections you may use", this::list)
            .doc(RouteDoc.NONE.query("page", "from 1").query("limit", "1 to 100, else 50")),
        Route.of("GET", one, Shapes.OWN, Role.VIEWER, "Show a connection", this::show),
        Route.of("PUT", one, Shapes.OWN, Role.MEMBER, "Change a connection", this::update)
            .doc(body),
        Route.of("DELETE", one, Shapes.OWN, Role.MEMBER, "Delete a connection", this::delete)
            .doc(
                RouteDoc.NONE.query(
                    "force", "true: also when tools or endpoints use it, which then fail")),
        Route.of(
                "PUT",
                one + "/credentials",
                Shapes.OWN,
                Role.MEMBER,
                "Give a connection your credential, or the one that all share",
                this::credential)
            .doc(
                RouteDoc.NONE.request(
                    Shapes.schema(
                        "type",
                        "api_key",
                        "access_token",
                        "token",
                        "username",
                        "password",
                        "client_secret",
                        "key_name",
                        "in",
                        "token_url",
                        "authorize_url",
                        "client_id",
                        "scope",
                        "client_auth"),
                    Json.object().put("type", "api_key").put("api_key", "sk-…"))),
        Route.of(
                "POST",
                one + "/share",
                Shapes.OWN,
                Role.MEMBER,
                "Give or take the use of a connection",
                this::share)
            .doc(
                RouteDoc.NONE.request(
                    Shapes.schema("user_ids", "grant_access"),
                    Json.object()
                        .put("grant_access", true)
                        .set("user_ids", Json.array().add("user_…")))),
        Route.of(
            "POST",
            one + "/test",
            Shapes.OWN,
            Role.MEMBER,
            "Send one request to the remote with your credential",
            this::test),
        Route.of(
            "GET",
            one + "/doctor",
            Shapes.OWN,
            Role.VIEWER,
            "Who a connection is, what it may, until when, and what is wrong with it",
            this::doctor),
        Route.of(
                "POST",
                one + "/authorize",
                Shapes.OWN,
                Role.MEMBER,
                "A link where you agree that the connection acts for you (OAuth)",
                this::authorize)
            .with(Route.Trait.STORES_NO_BODY));
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var made = connections.create(exchange.caller(), ConnectionBody.draft(in, null), in);
    exchange.json(201, told(exchange, "Connection created successfully", made));
  }

  private void list(Exchange exchange) {
    var limit = Shapes.limit(exchange);
    var found =
        connections.list(
            exchange.caller(),
            new Listing(
                Definitions.Scope.USABLE, List.of(), limit, (Shapes.page(exchange) - 1L) * limit));
    exchange.json(
        200,
        Shapes.paged(
            exchange,
            "connections",
            found.page(),
            found.total(),
            connection -> shown(exchange, connection)));
  }

  private void show(Exchange exchange) {
    var answer = Json.object();
    answer.set("connection", shown(exchange, found(exchange)));
    exchange.json(200, answer);
  }

  private void update(Exchange exchange) {
    var before = shown(exchange, found(exchange));
    var in = Fields.of(exchange.body());
    var saved =
        connections.update(
            exchange.caller(),
            exchange.path("connection_id"),
            ConnectionBody.draft(in, before),
            in);
    exchange.json(200, told(exchange, "Connection updated successfully", saved));
  }

  private void delete(Exchange exchange) {
    connections.delete(
        exchange.caller(), exchange.path("connection_id"), exchange.flag("force", false));
    exchange.json(200, Json.object().put("message", "Connection deleted successfully"));
  }

  private void credential(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var draft = AuthDraft.read(in, true);
    var shown = shown(exchange, found(exchange));
    for (var name : OF_THE_CONNECTION) {
      var sent = in.any(name);
      if (sent != null && !sent.equals(shown.path("auth").get(name))) {
        in.fault(name, "belongs to the connection: change it with PUT /api/connections/{id}");
      }
    }
    in.finish();
    connections.credential(exchange.caller(), exchange.path("connection_id"), draft);
    show(exchange);
  }

  private void share(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var users = Objects.requireNonNullElse(in.texts("user_ids", 1_000, 100), List.<String>of());
    var give = in.bool("grant_access", true);
    if (users.isEmpty()) {
      in.fault("user_ids", "must name at least one user");
    }
    in.finish();
    connections.share(exchange.caller(), exchange.path("connection_id"), users, give);
    exchange.json(
        200,
        Json.object()
            .put(
                "message",
                "Connection access "
                    + (give ? "granted for " : "revoked for ")
                    + users.size()
                    + " users"));
  }

  private void test(Exchange exchange) throws InterruptedException {
    var test = checkup.test(exchange.caller(), exchange.path("connection_id"));
    exchange.json(
        200,
        Json.object()
            .put("success", test.success())
            .put("status", test.status() == 0 ? null : Integer.valueOf(test.status()))
            .put("duration_ms", test.durationMs())
            .put("identity", test.identity())
            .put("error", test.error()));
  }

  private void doctor(Exchange exchange) throws InterruptedException {
    var found = checkup.diagnose(exchange.caller(), exchange.path("connection_id"));
    var answer = Json.object().put("state", found.state()).put("identity", found.identity());
    answer.set("scopes", Json.tree(found.scopes()));
    answer.set("missing_scopes", Json.tree(found.missingScopes()));
    answer
        .put("expires_at", Shapes.time(found.expiresAt()))
        .put("last_success_at", Shapes.time(found.lastSuccessAt()))
        .put("last_failure_at", Shapes.time(found.lastFailureAt()))
        .put("last_failure", found.lastFailure());
    answer.set("problems", Json.tree(found.problems()));
    exchange.json(200, answer);
  }

  private void authorize(Exchange exchange) {
    var asked = consents.ask(exchange.caller(), exchange.path("connection_id"));
    exchange.json(
        200,
        Json.object()
            .put("authorize_url", asked.link())
            .put("redirect_uri", asked.redirectUri())
            .put("expires_at", Shapes.time(clock.instant().plus(asked.life()))));
  }

  private Connection found(Exchange exchange) {
    return connections.get(exchange.caller(), exchange.path("connection_id"));
  }

  private ObjectNode told(Exchange exchange, String message, Connection connection) {
    var answer = Json.object().put("message", message);
    answer.set("connection", shown(exchange, connection));
    return answer;
  }

  private ObjectNode shown(Exchange exchange, Connection connection) {
    return ConnectionBody.shown(connection, connections.held(exchange.caller(), connection));
  }
}
