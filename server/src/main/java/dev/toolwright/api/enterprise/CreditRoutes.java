package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.credit.Credits;
import dev.toolwright.credit.Movement;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.usage.Budgets;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/users/{user_id}/credits` and `/api/workspaces/{workspace_id}/credits`.
public final class CreditRoutes {
  private static final Instant BEGINNING = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("9999-12-31T00:00:00Z");

  private static final double MOST = 1e12;
  private static final int DECIMALS = 4;

  private final Budgets budgets;

  public CreditRoutes(Budgets budgets) {
    this.budgets = budgets;
  }

  public List<Route> routes() {
    var user = "/api/users/{user_id}/credits";
    var workspace = "/api/workspaces/{workspace_id}/credits";
    var limit =
        RouteDoc.NONE
            .description("A limit counts what was spent before; null lifts it.")
            .request(Shapes.schema("limit"), Json.object().put("limit", 100));
    return List.of(
        Route.of(
            "GET",
            user,
            Shapes.OWN,
            Role.VIEWER,
            "Your credits, or as an admin a user's",
            exchange ->
                exchange.json(
                    200, shown(budgets.ofUser(exchange.caller(), exchange.path("user_id"))))),
        Route.of("PUT", user, Shapes.ADMIN, Role.ADMIN, "Limit a user's credits", this::limitUser)
            .doc(limit),
        Route.of(
                "GET",
                user + "/statement",
                Shapes.OWN,
                Role.VIEWER,
                "Every movement of your credits, or as an admin of a user's, newest first",
                this::statement)
            .doc(
                RouteDoc.NONE
                    .query("from", "a date or time, included")
                    .query("to", "a date or time, not included")
                    .query("page", "from 1")
                    .query("limit", "1 to 100, 50 unless told otherwise")),
        Route.of(
            "GET",
            workspace,
            Shapes.ADMIN,
            Role.ADMIN,
            "The credits of the workspace",
            exchange ->
                exchange.json(
                    200,
                    shown(budgets.ofWorkspace(exchange.caller(), exchange.path("workspace_id"))))),
        Route.of(
                "PUT",
                workspace,
                Shapes.ADMIN,
                Role.ADMIN,
                "Limit a workspace's credits, as an admin of the workspace default",
                this::limitWorkspace)
            .doc(limit));
  }

  private void limitUser(Exchange exchange) {
    exchange.json(
        200,
        shown(budgets.limitUser(exchange.caller(), exchange.path("user_id"), limit(exchange))));
  }

  private void limitWorkspace(Exchange exchange) {
    exchange.json(
        200,
        shown(
            budgets.limitWorkspace(
                exchange.caller(), exchange.path("workspace_id"), limit(exchange))));
  }

  private static @Nullable BigDecimal limit(Exchange exchange) {
    var in = Fields.of(exchange.body());
    in.ignore("user_id", "workspace_id", "spent", "reserved", "available");
    if (!in.names("limit")) {
      in.fault("limit", "is required: a number of credits, or null for no limit");
    }
    var number = in.number("limit", 0, MOST);
    var limit = number == null ? null : BigDecimal.valueOf(number);
    if (limit != null && limit.stripTrailingZeros().scale() > DECIMALS) {
      in.fault("limit", "must have at most " + DECIMALS + " decimals");
    }
    in.finish();
    return limit;
  }

  private void statement(Exchange exchange) {
    var from = Shapes.moment(exchange, "from", BEGINNING);
    var to = Shapes.moment(exchange, "to", END);
    if (to.isBefore(from)) {
      throw Problem.invalid("to must not lie before from");
    }
    var statement =
        budgets.statement(
            exchange.caller(),
            exchange.path("user_id"),
            from,
            to,
            Shapes.page(exchange),
            Shapes.limit(exchange));
    var answer = shown(statement.now());
    // The limit of the credits and that of the page would share a name.
    answer.set("credit_limit", answer.remove("limit"));
    answer.setAll(
        Shapes.paged(
            exchange, "entries", statement.movements(), statement.count(), CreditRoutes::shown));
    exchange.json(200, answer);
  }

  private static ObjectNode shown(Budgets.OfUser credits) {
    var shown = Json.object().put("user_id", credits.user().id());
    return shown(shown, credits.balance(), credits.available());
  }

  private static ObjectNode shown(Budgets.OfWorkspace credits) {
    var shown = Json.object().put("workspace_id", credits.workspace().id());
    return shown(shown, credits.balance(), credits.balance().available());
  }

  private static ObjectNode shown(
      ObjectNode shown, Credits.Balance balance, @Nullable BigDecimal available) {
    return shown
        .put("limit", Shapes.credits(balance.limit()))
        .put("spent", Shapes.credits(balance.spent()))
        .put("reserved", Shapes.credits(balance.reserved()))
        .put("available", Shapes.credits(available));
  }

  private static ObjectNode shown(Movement movement) {
    var shown =
        Json.object()
            .put("id", movement.id())
            .put("at", Shapes.time(movement.at()))
            .put("kind", movement.kind())
            .put("action", movement.action())
            .put("cause", movement.cause())
            .put("from", movement.from())
            .put("to", movement.to())
            .put("amount", Shapes.credits(movement.amount()));
    shown
        .putObject("balance")
        .put("spent", Shapes.credits(movement.spent()))
        .put("reserved", Shapes.credits(movement.reserved()));
    return shown;
  }
}
