package dev.toolwright.api.enterprise;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Reach;
import dev.toolwright.account.Role;
import dev.toolwright.account.User;
import dev.toolwright.account.UserDraft;
import dev.toolwright.account.Users;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/users`: the users of a workspace, and the endpoint groups they may call.
public final class UserRoutes {
  private static final int LEAST_PASSWORD = 10;
  private static final int LONGEST_PASSWORD = 1_000;
  private static final int LONGEST_SEARCH = 100;
  private static final String[] SERVER_OWNED = {"id", "workspace_id", "has_password", "created_at"};

  private final Users users;

  public UserRoutes(Users users) {
    this.users = users;
  }

  public List<Route> routes() {
    var one = "/api/users/{user_id}";
    var example =
        Json.object()
            .put("username", "grace")
            .put("password", "correct horse")
            .put("role", "member");
    return List.of(
        Route.of("GET", "/api/users", Shapes.ADMIN, Role.ADMIN, "List users", this::list)
            .doc(
                RouteDoc.NONE
                    .query("search", "part of a username, or an id")
                    .query("page", "from 1")
                    .query("limit", "1 to 100, 50 unless told otherwise")),
        Route.of("POST", "/api/users", Shapes.ADMIN, Role.ADMIN, "Create a user", this::create)
            .doc(
                RouteDoc.NONE
                    .description(
                        "Without a password the user calls with API tokens only. The role is"
                            + " viewer, member (usual) or admin; the scope 0 (usual for admins),"
                            + " 1 (usual for others) or 2, which reaches only its groups.")
                    .request(
                        Shapes.schema("username", "password", "role", "scope", "groups"), example)
                    .status(201)),
        Route.of(
                "GET",
                one,
                Shapes.OWN,
                Role.VIEWER,
                "Show yourself, or as an admin a user",
                this::show)
            .doc(RouteDoc.NONE.description("The id `me` is the caller, here as everywhere.")),
        Route.of("PUT", one, Shapes.ADMIN, Role.ADMIN, "Change a user's rights", this::update)
            .doc(
                RouteDoc.NONE.request(
                    Shapes.schema("role", "scope", "groups", "active"),
                    Json.object().put("role", "viewer"))),
        Route.of(
            "DELETE",
            one,
            Shapes.ADMIN,
            Role.ADMIN,
            "Deactivate a user; tokens end at once",
            exchange ->
                exchange.json(
                    200, shown(users.deactivate(exchange.caller(), exchange.path("user_id"))))),
        Route.of(
                "PUT",
                one + "/password",
                Shapes.OWN,
                Role.VIEWER,
                "Set your password, or as an admin a user's",
                this::changePassword)
            .doc(
                RouteDoc.NONE
                    .description(
                        "Your own needs current_password. It ends the sign-ins made with the old"
                            + " one, except the one that calls.")
                    .request(
                        Shapes.schema("current_password", "password"),
                        Json.object()
                            .put("current_password", "correct horse")
                            .put("password", "battery staple"))),
        Route.of(
            "GET",
            one + "/endpoints",
            Shapes.OWN,
            Role.VIEWER,
            "The endpoint groups you, or as an admin a user, may call",
            exchange ->
                exchange.json(
                    200, endpoints(users.get(exchange.caller(), exchange.path("user_id"))))),
        Route.of(
                "PUT",
                one + "/endpoints",
                Shapes.ADMIN,
                Role.ADMIN,
                "Set a user's scope and endpoint groups",
                this::setEndpoints)
            .doc(
                RouteDoc.NONE.request(
                    Shapes.schema("scope", "groups"),
                    Json.object().put("scope", 2).set("groups", Json.array().add("mcp")))));
  }

  private void list(Exchange exchange) {
    var search = exchange.query("search");
    var wanted = search == null || search.isBlank() ? null : search.strip();
    var found =
        users.list(
            exchange.caller(),
            wanted == null ? null : wanted.substring(0, Math.min(wanted.length(), LONGEST_SEARCH)),
            Shapes.page(exchange),
            Shapes.limit(exchange));
    exchange.json(
        200, Shapes.paged(exchange, "users", found.users(), found.count(), UserRoutes::shown));
  }

  private void create(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var username = username(in, "username");
    var password = in.has("password") ? password(in, "password") : null;
    var draft = new UserDraft(role(in), scope(in), groups(in), null);
    in.finish();
    exchange.json(201, shown(users.create(exchange.caller(), username, password, draft)));
  }

  private void show(Exchange exchange) {
    exchange.json(200, shown(users.get(exchange.caller(), exchange.path("user_id"))));
  }

  private void update(Exchange exchange) {
    var caller = exchange.caller();
    var id = exchange.path("user_id");
    var in = Fields.of(exchange.body());
    in.ignore(SERVER_OWNED);
    var draft = new UserDraft(role(in), scope(in), groups(in), in.bool("active"));
    refuseRenaming(caller, id, in);
    in.finish();
    exchange.json(200, shown(users.update(caller, id, draft)));
  }

  /// A username that is sent back unchanged is no fault.
  private void refuseRenaming(Caller caller, String id, Fields in) {
    var username = in.text("username", Integer.MAX_VALUE);
    if (username != null && !username.equals(users.get(caller, id).username())) {
      in.fault("username", "cannot be changed");
    }
  }

  private void changePassword(Exchange exchange) throws InterruptedException {
    var in = Fields.of(exchange.body());
    var current = in.text("current_password", LONGEST_PASSWORD);
    var password = password(in, "password");
    in.finish();
    exchange.json(
        200,
        shown(
            users.changePassword(
                exchange.caller(),
                exchange.path("user_id"),
                current,
                password,
                exchange.remoteAddress(),
                exchange.tokenId())));
  }

  private void setEndpoints(Exchange exchange) {
    var in = Fields.of(exchange.body());
    in.ignore("user_id", "effective", "available");
    var draft = new UserDraft(null, scope(in), groups(in), null);
    if (draft.scope() == null && draft.groups() == null) {
      in.fault("scope", "or groups is required");
    }
    in.finish();
    exchange.json(200, endpoints(users.update(exchange.caller(), exchange.path("user_id"), draft)));
  }

  /// A username as it may be chosen.
  static String username(Fields in, String field) {
    var name =
        in.pattern(
            field,
            "[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}",
            "must be 1 to 100 letters, digits and . _ @ + -, beginning with a letter or digit");
    if (!in.has(field)) {
      in.fault(field, "is required");
    }
    return Objects.requireNonNullElse(name, "");
  }

  /// A password as it may be chosen.
  static String password(Fields in, String field) {
    return in.requiredText(field, LEAST_PASSWORD, LONGEST_PASSWORD);
  }

  private static @Nullable Role role(Fields in) {
    var role = in.choice("role", Arrays.stream(Role.values()).map(Role::key).toList());
    return role == null ? null : Role.of(role);
  }

  private static @Nullable Integer scope(Fields in) {
    return in.integer("scope", 0, 2);
  }

  private static @Nullable Set<String> groups(Fields in) {
    var groups = in.texts("groups", Reach.GROUPS.size(), LONGEST_SEARCH);
    if (groups == null) {
      return null;
    }
    for (int i = 0; i < groups.size(); i++) {
      if (!Reach.GROUPS.contains(groups.get(i))) {
        in.fault("groups[" + i + "]", "must be one of " + String.join(", ", Reach.GROUPS));
      }
    }
    return new HashSet<>(groups);
  }

  static ObjectNode shown(User user) {
    var shown =
        Json.object()
            .put("id", user.id())
            .put("workspace_id", user.workspaceId())
            .put("username", user.username())
            .put("role", user.role().key())
            .put("scope", user.reach().scope());
    user.reach().groups().stream().sorted().forEach(shown.putArray("groups")::add);
    return shown
        .put("active", user.active())
        .put("has_password", user.hasPassword())
        .put("created_at", Shapes.time(user.createdAt()));
  }

  private static ObjectNode endpoints(User user) {
    var shown = Json.object().put("user_id", user.id()).put("scope", user.reach().scope());
    user.reach().groups().stream().sorted().forEach(shown.putArray("groups")::add);
    var caller = user.caller();
    Reach.GROUPS.stream()
        .filter(group ->
            group.equals(Reach.ADMINISTRATION) ? caller.administers() : caller.mayCall(group))
        .forEach(shown.putArray("effective")::add);
    Reach.GROUPS.forEach(shown.putArray("available")::add);
    return shown;
  }
}
