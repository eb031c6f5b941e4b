package dev.toolwright.api.catalog;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.IssuedToken;
import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// `/auth`: signing in and out, for programs by a token and for browsers by a cookie.
public final class AuthRoutes {
  private final Accounts accounts;
  private final Clock clock;
  private final Supplier<URI> server;

  /// @param server the address of this server as others see it
  public AuthRoutes(Accounts accounts, Clock clock, Supplier<URI> server) {
    this.accounts = accounts;
    this.clock = clock;
    this.server = server;
  }

  public List<Route> routes() {
    var credentials = Json.object().put("type", "object");
    var properties = credentials.putObject("properties");
    properties.putObject("username").put("type", "string");
    properties.putObject("password").put("type", "string");
    return List.of(
        Route.of("POST", "/auth/login", Access.PUBLIC, Role.VIEWER, "Sign in", this::login)
            .with(Route.Trait.STORES_NO_BODY)
            .doc(
                RouteDoc.NONE.request(
                    credentials,
                    Json.object().put("username", "ada").put("password", "correct horse"))),
        Route.of(
                "POST",
                "/auth/refresh",
                CatalogRoutes.ACCESS,
                Role.VIEWER,
                "Exchange this token for a new one",
                this::refresh)
            .with(Route.Trait.STORES_NO_BODY),
        Route.of(
            "POST",
            "/auth/logout",
            CatalogRoutes.ACCESS,
            Role.VIEWER,
            "End this token",
            this::logout),
        Route.of("GET", "/auth/me", CatalogRoutes.ACCESS, Role.VIEWER, "Who you are", this::me));
  }

  private void login(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var username = in.requiredText("username", 1, 200);
    var password = in.requiredText("password", 1, 1_000);
    in.finish();
    issued(exchange, accounts.signIn(username, password, exchange.remoteAddress()));
  }

  private void refresh(Exchange exchange) {
    Fields.of(exchange.body()).finish();
    issued(exchange, accounts.renew(exchange.caller(), exchange.tokenId()));
  }

  private void issued(Exchange exchange, IssuedToken issued) {
    var end = Objects.requireNonNull(issued.expiresAt(), "a sign-in expires");
    var seconds = Duration.between(clock.instant(), end).toSeconds();
    exchange.header("Set-Cookie", cookie(issued.token(), seconds));
    exchange.json(200, Json.object().put("accessToken", issued.token()).put("expiresIn", seconds));
  }

  private String cookie(String value, long seconds) {
    var secure = "https".equals(server.get().getScheme()) ? "; Secure" : "";
    return "accessToken=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s"
        .formatted(value, seconds, secure);
  }

  private void logout(Exchange exchange) {
    Fields.of(exchange.body()).finish();
    accounts.revoke(exchange.caller(), exchange.tokenId());
    exchange.header("Set-Cookie", cookie("", 0));
    exchange.json(200, Json.object().put("message", "Signed out"));
  }

  private void me(Exchange exchange) {
    exchange.json(200, shown(exchange));
  }

  private static ObjectNode shown(Exchange exchange) {
    var caller = exchange.caller();
    var shown =
        Json.object()
            .put("userId", ToolBody.id(caller.userId()))
            .put("orgId", ToolBody.id(caller.workspaceId()))
            .put("username", caller.username())
            .put("role", caller.role().key())
            .put("scope", caller.scope());
    caller.groups().stream().sorted().forEach(shown.putArray("groups")::add);
    return shown;
  }
}
