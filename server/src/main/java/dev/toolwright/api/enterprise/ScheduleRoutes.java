package dev.toolwright.api.enterprise;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.schedule.Schedule;
import dev.toolwright.schedule.Schedules;
import dev.toolwright.schedule.Target;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// `/api/schedules`: agents and workflows that start at a time.
public final class ScheduleRoutes {
  private static final Access ACCESS = Access.group("jobs");

  private final Schedules schedules;

  public ScheduleRoutes(Schedules schedules) {
    this.schedules = schedules;
  }

  public List<Route> routes() {
    var all = "/api/schedules";
    var one = all + "/{schedule_id}";
    var body =
        Shapes.schema(
            "name",
            "agent_id",
            "workflow_id",
            "input",
            "cron",
            "at",
            "timezone",
            "missed",
            "priority",
            "enabled");
    var example =
        Json.object()
            .put("name", "Every working day")
            .put("agent_id", "asst_…")
            .put("cron", "0 9 * * 1-5")
            .put("timezone", "Europe/Berlin");
    example.putObject("input").put("message", "SAY Good morning");
    return List.of(
        Route.of("POST", all, ACCESS, Role.MEMBER, "Start something at a time", this::create)
            .doc(RouteDoc.NONE.request(body, example).status(201)),
        Route.of("GET", all, ACCESS, Role.VIEWER, "Your schedules", this::list),
        Route.of("GET", one, ACCESS, Role.VIEWER, "Show a schedule", this::show),
        Route.of("PUT", one, ACCESS, Role.MEMBER, "Change a schedule", this::update)
            .doc(RouteDoc.NONE.request(body, Json.object().put("enabled", false))),
        Route.of("DELETE", one, ACCESS, Role.MEMBER, "Delete a schedule", this::delete));
  }

  private static Schedules.Draft draft(Fields in, boolean isNew) {
    var at = in.text("at", 40);
    var moment = at == null ? null : Shapes.moment(at);
    if (at != null && moment == null) {
      in.fault("at", "must be a time such as 2026-11-20T10:00:00Z");
    }
    if (isNew && !in.has("input")) {
      in.fault("input", "is required: the message of an agent, or the input of a workflow");
    }
    var missed = in.choice("missed", List.of("skip", "once", "all"));
    return new Schedules.Draft(
        isNew || in.has("name") ? in.requiredText("name", 1, 100) : null,
        Target.read(in, isNew),
        in.object("input"),
        in.text("cron", 100),
        moment,
        in.text("timezone", 60),
        missed == null ? null : Schedule.Missed.of(missed),
        Priority.readIfSaid(in),
        in.bool("enabled"));
  }

  private void create(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var draft = draft(in, true);
    checkMessage(in, draft);
    exchange.json(201, shown(schedules.create(exchange.caller(), draft, in)));
  }

  /// An agent needs something to do.
  private static void checkMessage(Fields in, Schedules.Draft draft) {
    var input = draft.input();
    if (draft.target() != null
        && draft.target().kind().equals("agent")
        && input != null
        && !input.path("message").isString()) {
      in.fault("input.message", "is required for an agent");
    }
  }

  private void update(Exchange exchange) {
    var id = exchange.path("schedule_id");
    var in = Fields.of(exchange.body());
    in.unchanged(shown(schedules.get(exchange.caller(), id)), "id", "created_at");
    in.ignore("next_at", "last_at", "last_job_id", "last_error");
    var draft = draft(in, false);
    exchange.json(200, shown(schedules.update(exchange.caller(), id, draft, in)));
  }

  private void list(Exchange exchange) {
    var found = schedules.list(exchange.caller());
    exchange.json(200, Shapes.list("schedules", found, found.size(), ScheduleRoutes::shown));
  }

  private void show(Exchange exchange) {
    exchange.json(200, shown(schedules.get(exchange.caller(), exchange.path("schedule_id"))));
  }

  private void delete(Exchange exchange) {
    var id = exchange.path("schedule_id");
    schedules.delete(exchange.caller(), id);
    exchange.json(200, Json.object().put("id", id).put("message", "Schedule deleted"));
  }

  private static ObjectNode shown(Schedule one) {
    var shown = Json.object().put("id", one.id()).put("name", one.name());
    shown.put(one.target().kind() + "_id", one.target().id());
    shown.set("input", one.input());
    shown.put("cron", one.cron()).put("timezone", one.zone());
    shown.put("missed", one.missed().key()).put("priority", one.priority().word());
    shown.put("enabled", one.enabled());
    shown.put("next_at", time(one.nextAt())).put("last_at", time(one.lastAt()));
    shown.put("last_job_id", one.lastRunId() == null ? null : Ids.as("job", one.lastRunId()));
    return shown
        .put("last_error", one.lastError())
        .put("created_at", Objects.requireNonNull(time(one.createdAt())));
  }

  private static @Nullable String time(@Nullable Instant at) {
    return Shapes.time(at);
  }
}
