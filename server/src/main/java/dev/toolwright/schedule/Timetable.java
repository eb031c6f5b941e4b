package dev.toolwright.schedule;

import dev.toolwright.account.Members;
import dev.toolwright.database.Database;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks each second for schedules whose time has come, and starts what they name. Every node does;
/// the transaction that stores a run moves its schedule on, so each time starts one run.
public final class Timetable implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Timetable.class);
  private static final int AT_ONCE = 100;

  /// Later than this, a time counts as missed.
  private static final Duration LATE = Duration.ofMinutes(1);

  private final Database database;
  private final Members members;
  private final Starts starts;
  private final ScheduleStore store = new ScheduleStore();
  private final Thread thread = Thread.ofVirtual().name("timetable").unstarted(this::look);

  public Timetable(Database database, Members members, Starts starts) {
    this.database = database;
    this.members = members;
    this.starts = starts;
  }

  public void start() {
    thread.start();
  }

  private void look() {
    try {
      while (true) {
        TimeUnit.SECONDS.sleep(1);
        try {
          for (var due : database.direct(tx -> store.due(tx, AT_ONCE))) {
            begin(due);
          }
        } catch (RuntimeException e) {
          LOG.warn("Schedules are looked at again later: {}", e.getClass().getSimpleName());
        }
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  /// Another node was first.
  private static final class Taken extends RuntimeException {
    private static final long serialVersionUID = 1;

    Taken() {
      super("taken", null, false, false);
    }
  }

  private void begin(ScheduleStore.Due due) {
    var schedule = due.schedule();
    var slot = schedule.nextAt();
    if (slot == null) {
      return;
    }
    var late = Duration.between(slot, due.now()).compareTo(LATE) > 0;
    var next = next(schedule, late && schedule.missed() != Schedule.Missed.ALL ? due.now() : slot);
    if (late && schedule.missed() == Schedule.Missed.SKIP) {
      database.useTx(tx -> store.advance(tx, schedule, next, null, "missed: no server ran then"));
      return;
    }
    var caller = members.find(schedule.workspaceId(), schedule.userId(), group(schedule));
    if (caller.isEmpty()) {
      failed(schedule, next, "Its user may not start it any more");
      return;
    }
    try {
      starts.start(
          caller.get(),
          schedule.target(),
          schedule.priority(),
          schedule.input(),
          Map.of(
              "schedule",
              Json.object()
                  .put("id", schedule.id())
                  .put("name", schedule.name())
                  .put("at", slot.toString())),
          (tx, runId) -> {
            if (!store.advance(tx, schedule, next, runId, null)) {
              throw new Taken();
            }
          });
    } catch (Taken e) {
      LOG.debug("{} was started elsewhere", schedule.id());
    } catch (Problem e) {
      if (e.kind() != Problem.Kind.UNAVAILABLE) {
        failed(schedule, next, String.valueOf(e.getMessage()));
      }
    }
  }

  private static String group(Schedule schedule) {
    return schedule.target().kind().equals(Target.AGENT) ? "agents" : "workflows";
  }

  private void failed(Schedule schedule, @Nullable Instant next, String why) {
    database.useTx(tx -> store.advance(tx, schedule, next, null, why));
  }

  private static @Nullable Instant next(Schedule schedule, Instant after) {
    return schedule.cron() == null
        ? null
        : Cron.parse(schedule.cron(), schedule.zone()).after(after).orElse(null);
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
