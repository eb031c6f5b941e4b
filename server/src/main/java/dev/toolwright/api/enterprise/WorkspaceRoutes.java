package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.account.Workspace;
import dev.toolwright.account.Workspaces;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// `/api/workspaces`: the workspaces of the server.
public final class WorkspaceRoutes {
  private final Workspaces workspaces;

  public WorkspaceRoutes(Workspaces workspaces) {
    this.workspaces = workspaces;
  }

  public List<Route> routes() {
    var one = "/api/workspaces/{workspace_id}";
    var example = Json.object().put("name", "research");
    example.putObject("admin").put("username", "hopper").put("password", "correct horse");
    return List.of(
        Route.of(
                "GET",
                "/api/workspaces",
                Shapes.OWN,
                Role.VIEWER,
                "Your workspace; as an admin of the workspace default, all",
                this::list)
            .doc(
                RouteDoc.NONE
                    .query("page", "from 1")
                    .query("limit", "1 to 100, 50 unless told otherwise")),
        Route.of(
                "POST",
                "/api/workspaces",
                Shapes.ADMIN,
                Role.ADMIN,
                "Open a workspace with its first admin, as an admin of the workspace default",
                this::open)
            .doc(RouteDoc.NONE.request(Shapes.schema("name", "admin"), example).status(201)),
        Route.of(
            "GET",
            one,
            Shapes.OWN,
            Role.VIEWER,
            "Show a workspace",
            exchange ->
                exchange.json(
                    200, shown(workspaces.get(exchange.caller(), exchange.path("workspace_id"))))),
        Route.of(
                "PATCH",
                one,
                Shapes.ADMIN,
                Role.ADMIN,
                "Say how many jobs of a workspace run at once, as an admin of the workspace default",
                this::limit)
            .doc(
                RouteDoc.NONE.request(
                    Shapes.schema("max_running_jobs"), Json.object().put("max_running_jobs", 64))),
        Route.of(
            "DELETE",
            one,
            Shapes.ADMIN,
            Role.ADMIN,
            "Close a workspace for good, as an admin of the workspace default",
            exchange ->
                exchange.json(
                    200,
                    shown(workspaces.close(exchange.caller(), exchange.path("workspace_id"))))));
  }

  private void list(Exchange exchange) {
    var found = workspaces.list(exchange.caller(), Shapes.page(exchange), Shapes.limit(exchange));
    exchange.json(
        200,
        Shapes.paged(
            exchange, "workspaces", found.workspaces(), found.count(), WorkspaceRoutes::shown));
  }

  private void open(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var name =
        in.pattern(
            "name",
            "[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}",
            "must be 1 to 100 letters, digits, spaces and . _ -, beginning with a letter or digit");
    if (!in.has("name")) {
      in.fault("name", "is required");
    }
    var admin = in.nested("admin");
    if (!in.has("admin")) {
      in.fault("admin", "is required: the username and password of the first admin");
    }
    var username = admin == null ? "" : UserRoutes.username(admin, "username");
    var password = admin == null ? "" : UserRoutes.password(admin, "password");
    in.finish();
    var opened =
        workspaces.open(
            exchange.caller(), Objects.requireNonNullElse(name, ""), username, password);
    var answer = shown(opened.workspace());
    answer
        .putObject("admin")
        .put("id", opened.admin().userId())
        .put("username", opened.admin().username());
    exchange.json(201, answer);
  }

  private void limit(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var most = in.integer("max_running_jobs", 1, 10_000);
    if (!in.has("max_running_jobs")) {
      in.fault("max_running_jobs", "is required");
    }
    in.finish();
    exchange.json(
        200,
        shown(
            workspaces.limitRunning(
                exchange.caller(), exchange.path("workspace_id"), Objects.requireNonNull(most))));
  }

  private static ObjectNode shown(Workspace workspace) {
    return Json.object()
        .put("id", workspace.id())
        .put("name", workspace.name())
        .put("max_running_jobs", workspace.maxRunning())
        .put("created_at", Shapes.time(workspace.createdAt()))
        .put("closed_at", Shapes.time(workspace.closedAt()));
  }
}
