package dev.toolwright.api.system;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// Exchanges a password for an API token.
public final class TokenRoutes {
  private static final int LONGEST_NAME = 200;
  private static final int LONGEST_PASSWORD = 1_000;

  private final Accounts accounts;

  public TokenRoutes(Accounts accounts) {
    this.accounts = accounts;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
                "POST",
                "/token/get_token",
                Access.PUBLIC,
                Role.VIEWER,
                "Get an API token of 30 days for a username and password",
                this::issue)
            .doc(
                RouteDoc.NONE
                    .description("Repeated failures are answered 429 with Retry-After.")
                    .request(
                        requestSchema(),
                        Json.object().put("username", "ada").put("password", "correct horse"))));
  }

  private void issue(Exchange exchange) throws InterruptedException {
    var fields = Fields.of(exchange.body());
    var username = fields.requiredText("username", 1, LONGEST_NAME);
    var password = fields.requiredText("password", 1, LONGEST_PASSWORD);
    fields.finish();
    var issued = accounts.signIn(username, password, exchange.remoteAddress());
    var expiresAt = Objects.requireNonNull(issued.expiresAt(), "a sign-in expires");
    exchange.json(
        200,
        Json.object()
            .put("response", "200")
            .put("token", issued.token())
            .put("token_type", "bearer")
            .put("expires_at", expiresAt.truncatedTo(ChronoUnit.SECONDS).toString()));
  }

  private static ObjectNode requestSchema() {
    var schema = Json.object().put("type", "object");
    schema.putArray("required").add("username").add("password");
    var properties = schema.putObject("properties");
    properties.putObject("username").put("type", "string");
    properties.putObject("password").put("type", "string");
    return schema.put("additionalProperties", false);
  }
}
