package dev.toolwright.schedule;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.database.Database;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.run.Priority;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The schedules of a workspace: made, found, changed and deleted. Each belongs to whoever made it,
/// and starts things with their rights.
public final class Schedules {
  private final Database database;
  private final Starts starts;
  private final ScheduleStore store = new ScheduleStore();

  public Schedules(Database database, Starts starts) {
    this.database = database;
    this.starts = starts;
  }

  /// What somebody wants; null: as it is.
  ///
  /// @param at for a single time, instead of `cron`
  public record Draft(
      @Nullable String name,
      @Nullable Target target,
      @Nullable ObjectNode input,
      @Nullable String cron,
      @Nullable Instant at,
      @Nullable String zone,
      Schedule.@Nullable Missed missed,
      @Nullable Priority priority,
      @Nullable Boolean enabled) {}

  /// @throws Problem 404 for the target, 400 for a time that is none
  public Schedule create(Caller caller, Draft draft, Fields in) {
    caller.require(Role.MEMBER);
    if ((draft.cron() == null) == (draft.at() == null)) {
      in.fault("cron", "or at is required, and only one of them");
    }
    var zone = Objects.requireNonNullElse(draft.zone(), "UTC");
    var next = draft.cron() == null ? draft.at() : next(draft.cron(), zone, in);
    in.finish();
    var target = Objects.requireNonNull(draft.target());
    starts.require(caller, target);
    var made =
        new Schedule(
            caller.workspaceId(),
            Ids.next("sched"),
            caller.userId(),
            Objects.requireNonNullElse(draft.name(), ""),
            target,
            Objects.requireNonNull(draft.input()),
            draft.cron(),
            zone,
            Objects.requireNonNullElse(draft.missed(), Schedule.Missed.ONCE),
            Objects.requireNonNullElse(draft.priority(), Priority.NORMAL),
            draft.enabled() == null || draft.enabled(),
            next,
            null,
            null,
            null,
            Instant.EPOCH);
    database.useTx(tx -> store.insert(tx, made));
    return get(caller, made.id());
  }

  /// @throws Problem 404, 400
  public Schedule update(Caller caller, String id, Draft draft, Fields in) {
    caller.require(Role.MEMBER);
    var old = get(caller, id);
    if (draft.cron() != null && draft.at() != null) {
      in.fault("cron", "cannot stand beside at");
    }
    var zone = Objects.requireNonNullElse(draft.zone(), old.zone());
    var cron = draft.at() != null ? null : draft.cron() == null ? old.cron() : draft.cron();
    var enabled = draft.enabled() == null ? old.enabled() : draft.enabled();
    var keeps =
        draft.at() == null
            && Objects.equals(cron, old.cron())
            && zone.equals(old.zone())
            && enabled == old.enabled();
    var next = keeps ? old.nextAt() : draft.at() != null ? draft.at() : next(cron, zone, in);
    in.finish();
    var target = draft.target() == null ? old.target() : draft.target();
    starts.require(caller, target);
    var changed =
        new Schedule(
            old.workspaceId(),
            old.id(),
            caller.userId(),
            draft.name() == null ? old.name() : draft.name(),
            target,
            draft.input() == null ? old.input() : draft.input(),
            cron,
            zone,
            draft.missed() == null ? old.missed() : draft.missed(),
            draft.priority() == null ? old.priority() : draft.priority(),
            enabled,
            next,
            old.lastAt(),
            old.lastRunId(),
            old.lastError(),
            old.createdAt());
    database.useTx(tx -> store.update(tx, changed));
    return get(caller, id);
  }

  private @Nullable Instant next(@Nullable String cron, String zone, Fields in) {
    if (cron == null) {
      return null;
    }
    try {
      var times = Cron.parse(cron, zone);
      var now = database.direct(store::now);
      return times.after(now).orElse(null);
    } catch (IllegalArgumentException e) {
      in.fault("cron", "is none of five fields such as 0 9 * * 1-5: " + e.getMessage());
    } catch (DateTimeException _) {
      in.fault("timezone", "is no zone such as Europe/Berlin");
    }
    return null;
  }

  /// One's own; an admin's are all of the workspace.
  ///
  /// @throws Problem 404
  public Schedule get(Caller caller, String id) {
    return database
        .direct(tx -> store.find(tx, caller.workspaceId(), id))
        .filter(one -> one.userId().equals(caller.userId()) || caller.isAdmin())
        .orElseThrow(() -> Problem.notFound("Schedule", id));
  }

  public List<Schedule> list(Caller caller) {
    return database.direct(
        tx -> store.list(tx, caller.workspaceId(), caller.isAdmin() ? null : caller.userId()));
  }

  /// @throws Problem 404
  public void delete(Caller caller, String id) {
    caller.require(Role.MEMBER);
    var one = get(caller, id);
    database.useTx(tx -> store.delete(tx, one.workspaceId(), one.id()));
  }
}
