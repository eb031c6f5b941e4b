package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.tool.ToolAccess;
import dev.toolwright.tool.ToolGrants;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// `/api/users/{user_id}/tools`: which tools a user may use.
public final class UserToolRoutes {
  private static final int MOST = 1_000;
  private static final int LONGEST_NAME = 100;

  private final ToolGrants grants;

  public UserToolRoutes(ToolGrants grants) {
    this.grants = grants;
  }

  public List<Route> routes() {
    var path = "/api/users/{user_id}/tools";
    var body =
        RouteDoc.NONE.request(
            Shapes.schema("tools"), Json.object().set("tools", Json.array().add("greet")));
    return List.of(
        Route.of(
                "GET",
                path,
                Shapes.OWN,
                Role.VIEWER,
                "The tools you, or as an admin a user, may use, and why",
                exchange -> show(exchange, 200))
            .doc(
                RouteDoc.NONE
                    .description(
                        "The reason is owner, granted, org (shared with the workspace) or public.")
                    .query("page", "from 1")
                    .query("limit", "1 to 100, 50 unless told otherwise")),
        Route.of(
                "POST",
                path,
                Shapes.ADMIN,
                Role.ADMIN,
                "Grant a user tools by name",
                exchange -> change(exchange, 201, true))
            .doc(body.status(201)),
        Route.of(
                "DELETE",
                path,
                Shapes.ADMIN,
                Role.ADMIN,
                "Take grants of tools back",
                exchange -> change(exchange, 200, false))
            .doc(body));
  }

  private void change(Exchange exchange, int status, boolean give) {
    var in = Fields.of(exchange.body());
    var names =
        Objects.requireNonNullElse(in.texts("tools", MOST, LONGEST_NAME), List.<String>of());
    if (names.isEmpty()) {
      in.fault("tools", "must name at least one tool");
    }
    in.finish();
    grants.change(exchange.caller(), exchange.path("user_id"), names, give);
    show(exchange, status);
  }

  private void show(Exchange exchange, int status) {
    var limit = Shapes.limit(exchange);
    var found =
        grants.of(
            exchange.caller(),
            exchange.path("user_id"),
            (Shapes.page(exchange) - 1L) * limit,
            limit);
    exchange.json(
        status,
        Shapes.paged(exchange, "tools", found.page(), found.total(), UserToolRoutes::shown));
  }

  private static ObjectNode shown(ToolAccess access) {
    return Json.object()
        .put("tool_id", access.id())
        .put("tool_name", access.name())
        .put("owner_name", access.ownerName())
        .put("reason", access.reason().key());
  }
}
