package dev.toolwright.api.enterprise;

import dev.toolwright.account.ApiToken;
import dev.toolwright.account.Role;
import dev.toolwright.account.Tokens;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/tokens`: API tokens. The token itself is in the answer that issues it and nowhere else.
public final class ApiTokenRoutes {
  private static final int LONGEST = 100;

  private final Tokens tokens;
  private final InstantSource clock;

  public ApiTokenRoutes(Tokens tokens, InstantSource clock) {
    this.tokens = tokens;
    this.clock = clock;
  }

  public List<Route> routes() {
    return List.of(
        Route.of(
                "GET",
                "/api/tokens",
                Shapes.OWN,
                Role.VIEWER,
                "Your live tokens, or as an admin a user's",
                this::list)
            .doc(RouteDoc.NONE.query("user_id", "whose; yours unless told otherwise")),
        Route.of(
                "POST",
                "/api/tokens",
                Shapes.OWN,
                Role.VIEWER,
                "Issue a token for yourself, or as an admin for a user",
                this::issue)
            .with(Route.Trait.STORES_NO_BODY)
            .doc(
                RouteDoc.NONE
                    .description("It is shown this once. Without expires_at it never expires.")
                    .request(
                        Shapes.schema("name", "expires_at", "user_id"),
                        Json.object()
                            .put("name", "nightly build")
                            .put("expires_at", "2099-01-01T00:00:00Z"))
                    .status(201)),
        Route.of(
            "DELETE",
            "/api/tokens/{token_id}",
            Shapes.OWN,
            Role.VIEWER,
            "Revoke a token at once: yours, or as an admin any of the workspace",
            this::revoke));
  }

  private void list(Exchange exchange) {
    var user = exchange.query("user_id");
    var found = tokens.list(exchange.caller(), user == null || user.isEmpty() ? "me" : user);
    exchange.json(
        200, Shapes.list("tokens", found, found.size(), token -> shown(token, exchange.tokenId())));
  }

  private void issue(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var name = in.requiredText("name", 1, LONGEST);
    if (name.strip().equalsIgnoreCase(Tokens.SIGN_IN)) {
      in.fault("name", "is reserved for sign-ins");
    }
    var expiresAt = expiresAt(in);
    var user = in.text("user_id", LONGEST, "me");
    in.finish();
    var issued = tokens.issue(exchange.caller(), user, name, expiresAt);
    exchange.json(
        201,
        Json.object()
            .put("id", issued.id())
            .put("token", issued.token())
            .put("token_type", "bearer")
            .put("name", name)
            .put("expires_at", Shapes.time(issued.expiresAt())));
  }

  private @Nullable Instant expiresAt(Fields in) {
    var text = in.text("expires_at", LONGEST);
    if (text == null) {
      return null;
    }
    var moment = Shapes.moment(text);
    if (moment == null) {
      in.fault("expires_at", "must be a date, or a time such as 2026-11-20T10:00:00Z");
    } else if (!moment.isAfter(clock.instant())) {
      in.fault("expires_at", "must lie in the future");
    }
    return moment == null ? null : moment.truncatedTo(ChronoUnit.SECONDS);
  }

  private void revoke(Exchange exchange) {
    var id = exchange.path("token_id");
    tokens.revoke(exchange.caller(), id);
    exchange.json(200, Json.object().put("id", id).put("revoked", true));
  }

  private static ObjectNode shown(ApiToken token, String currentId) {
    return Json.object()
        .put("id", token.id())
        .put("user_id", token.userId())
        .put("name", token.name())
        .put("created_at", Shapes.time(token.createdAt()))
        .put("expires_at", Shapes.time(token.expiresAt()))
        .put("last_used_at", Shapes.time(token.lastUsedAt()))
        .put("current", token.id().equals(currentId));
  }
}
