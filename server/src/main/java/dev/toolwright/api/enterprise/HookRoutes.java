package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.schedule.Hook;
import dev.toolwright.schedule.Hooks;
import dev.toolwright.schedule.Target;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// `/api/hooks`: addresses to which others send messages that start agents and workflows.
public final class HookRoutes {
  private static final Access ACCESS = Access.group("jobs");

  private final Hooks hooks;

  public HookRoutes(Hooks hooks) {
    this.hooks = hooks;
  }

  public List<Route> routes() {
    var all = "/api/hooks";
    var one = all + "/{hook_id}";
    var body =
        Shapes.schema("name", "agent_id", "workflow_id", "input", "secret", "priority", "enabled");
    var example = Json.object().put("name", "New issue").put("agent_id", "asst_…");
    example.putObject("input").put("message", "SAY Seen: ${event.title}");
    return List.of(
        Route.of(
                "POST",
                all,
                ACCESS,
                Role.MEMBER,
                "Make an address whose messages start something",
                this::create)
            .with(Route.Trait.STORES_NO_BODY)
            .doc(
                RouteDoc.NONE
                    .description(
                        "The secret is shown once. Messages are signed with it as Standard Webhooks"
                            + " say, or with X-Hub-Signature-256.")
                    .request(body, example)
                    .status(201)),
        Route.of("GET", all, ACCESS, Role.VIEWER, "Your hooks", this::list),
        Route.of("GET", one, ACCESS, Role.VIEWER, "Show a hook", this::show),
        Route.of("PUT", one, ACCESS, Role.MEMBER, "Change a hook", this::update)
            .doc(RouteDoc.NONE.request(body, Json.object().put("enabled", false))),
        Route.of("DELETE", one, ACCESS, Role.MEMBER, "Delete a hook", this::delete));
  }

  private static Hooks.Draft draft(Fields in, boolean isNew) {
    if (isNew && !in.has("input")) {
      in.fault("input", "is required: the message of an agent, or the input of a workflow");
    }
    return new Hooks.Draft(
        isNew || in.has("name") ? in.requiredText("name", 1, 100) : null,
        Target.read(in, isNew),
        Priority.readIfSaid(in),
        in.object("input"),
        in.has("secret") ? in.requiredText("secret", 16, 500) : null,
        in.bool("enabled"));
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var draft = draft(in, true);
    in.finish();
    var made = hooks.create(exchange.caller(), draft);
    exchange.json(201, shown(made.hook()).put("secret", made.secret()));
  }

  private void update(Exchange exchange) {
    var id = exchange.path("hook_id");
    var in = Fields.of(exchange.body());
    in.unchanged(shown(hooks.get(exchange.caller(), id)), "id", "url", "created_at");
    var draft = draft(in, false);
    in.finish();
    exchange.json(200, shown(hooks.update(exchange.caller(), id, draft)));
  }

  private void list(Exchange exchange) {
    var found = hooks.list(exchange.caller());
    exchange.json(200, Shapes.list("hooks", found, found.size(), this::shown));
  }

  private void show(Exchange exchange) {
    exchange.json(200, shown(hooks.get(exchange.caller(), exchange.path("hook_id"))));
  }

  private void delete(Exchange exchange) {
    var id = exchange.path("hook_id");
    hooks.delete(exchange.caller(), id);
    exchange.json(200, Json.object().put("id", id).put("message", "Hook deleted"));
  }

  private ObjectNode shown(Hook one) {
    var shown = Json.object().put("id", one.id()).put("name", one.name());
    shown.put(one.target().kind() + "_id", one.target().id());
    shown.set("input", one.input());
    return shown
        .put("url", hooks.address(one).toString())
        .put("priority", one.priority().word())
        .put("enabled", one.enabled())
        .put("created_at", Shapes.time(one.createdAt()));
  }
}
