package dev.toolwright.run;

import dev.toolwright.config.Failpoint;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Together;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Works on one claimed run until it ends, waits or is taken away.
final class RunWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunWorker.class);

  /// A run that was revived this often without finishing a step would kill a fourth node too.
  private static final int MAX_REVIVALS = 3;

  /// How long what has happened is tried to be stored. Others would take the run over before.
  private static final Duration INSIST = Duration.ofSeconds(60);

  private final Database database;
  private final Notices notices;
  private final Live live;
  private final Map<String, Program> programs;
  private final List<RunListener> listeners;
  private final JournalStore journals = new JournalStore();
  private final LoadStore loads = new LoadStore();
  private final Together<JournalStore.Progress, Boolean> progress;
  private final Together<Last, Written> ends;
  private final WaitStore waits = new WaitStore();

  /// Bytes that all runs held here keep.
  private final AtomicLong kept = new AtomicLong();

  RunWorker(
      Database database,
      Notices notices,
      Live live,
      Map<String, Program> programs,
      List<RunListener> listeners) {
    this.database = database;
    this.notices = notices;
    this.live = live;
    this.programs = Map.copyOf(programs);
    this.listeners = List.copyOf(listeners);
    this.progress =
        new Together<>(database, "journal", one -> !one.attachments().isEmpty(), this::store);
    this.ends = new Together<>(database, "ends", _ -> true, this::end);
  }

  /// What became of an end.
  private enum Written {
    REFUSED,
    ENDED,
    /// Others wait for this end.
    FOLLOWED
  }

  /// The end of a run.
  private record Last(JournalStore.Ending ending, RunData data, List<Attachment> attachments) {}

  /// @param known as it was just stored; null: it is read
  void work(Holding holding, @Nullable RunData known) {
    var run = holding.run();
    try {
      Failpoint.hit("run.afterClaim");
      notices.add(Runs.topic(run.id()));
      if (run.cancel()) {
        holding.stopAtNextStep(Holding.Stop.CANCEL);
      }
      var loaded = known == null ? load(run) : new LoadStore.Loaded(known, Map.of(), 0);
      if (loaded == null) {
        park(run, noProgress(run));
        return;
      }
      try (var room = new Room(kept, loaded.bytes());
          var speaker = live.speaker(run.id())) {
        var journal = journal(run, loaded, holding, room, speaker);
        finish(run, loaded.data(), holding, journal, execute(run, loaded, holding, journal));
      }
    } catch (StaleOwner e) {
      LOG.info("Stopped working on {}: {}", run.id(), e.getMessage());
    } catch (RuntimeException | Error e) {
      // An error too, such as a stack overflow: what breaks every time must come to be parked.
      LOG.error("Working on {} failed; it goes back to the queue", run.id(), e);
      giveBack(run);
    }
  }

  /// What the run starts from; null for one that can no longer be read, after enough attempts.
  private LoadStore.@Nullable Loaded load(Run run) {
    try {
      return database.direct(tx -> loads.load(tx, run));
    } catch (RuntimeException e) {
      if (run.revived() < MAX_REVIVALS) {
        throw e;
      }
      return null;
    }
  }

  private static List<Wait> noProgress(Run run) {
    var says = "It was started again " + run.revived() + " times without finishing a step";
    return List.of(
        Wait.forAnswer(
            "revival/" + run.fence(),
            Wait.NO_PROGRESS,
            Json.object().put("revived", run.revived()).put("says", says)));
  }

  private void giveBack(Run run) {
    try {
      database.useTx(tx -> journals.postpone(tx, run));
    } catch (RuntimeException e) {
      LOG.warn("{} could not be released; the next beat does it", run.id());
    }
  }

  private Journal journal(
      Run run, LoadStore.Loaded loaded, Holding holding, Room room, Live.Speaker speaker) {
    var unknown =
        loaded.steps().values().stream().anyMatch(step -> step.state() == Step.State.UNKNOWN);
    var answers =
        unknown ? database.direct(tx -> loads.answeredWaits(tx, run)) : Map.<String, Wait>of();
    return new Journal(
        run, loaded.data(), loaded.steps(), answers, holding, writer(run), room, speaker);
  }

  private @Nullable Halt execute(
      Run run, LoadStore.Loaded loaded, Holding holding, Journal journal) {
    holding.deadlineIn(loaded.data().remaining());
    if (run.revived() >= MAX_REVIVALS) {
      return new Halt.Parked(noProgress(run));
    }
    try {
      var program = programs.get(run.program());
      if (program == null) {
        throw new IllegalStateException("no program " + run.program());
      }
      return program.run(journal);
    } catch (InterruptedException e) {
      return null;
    }
  }

  private JournalWriter writer(Run run) {
    return new JournalWriter() {
      @Override
      public void store(
          List<Step> steps,
          List<RunEvent> events,
          @Nullable String current,
          List<Attachment> attachments) {
        RunWorker.this.store(new JournalStore.Progress(run, steps, events, current, attachments));
      }

      @Override
      public void forget(String key) {
        database.useTx(tx -> journals.forget(tx, run, key));
      }

      @Override
      public @Nullable Duration open(Wait wait, byte @Nullable [] tokenHash) {
        return database.direct(tx -> waits.open(tx, run, wait, tokenHash)).orElse(null);
      }

      @Override
      public @Nullable Duration open(Tx tx, Wait wait, byte @Nullable [] tokenHash) {
        return waits.open(tx, run, wait, tokenHash).orElse(null);
      }

      @Override
      public Waited waited(String key) {
        return database.direct(tx -> waits.waited(tx, run, key));
      }

      @Override
      public void close(String key) {
        database.useTx(tx -> waits.close(tx, run, key));
      }
    };
  }

  private void store(JournalStore.Progress made) {
    if (!insist(() -> progress.add(made), () -> database.direct(tx -> loads.has(tx, made)))) {
      throw new StaleOwner(made.run().id());
    }
    Failpoint.hit("step.afterPersist");
    if (!made.events().isEmpty()) {
      notices.add(Runs.topic(made.run().id()));
    }
  }

  /// Writes what has happened though the database is away for a while: it would not be known
  /// otherwise, and the fence still says whether it may be written.
  ///
  /// @param written whether an attempt that was not answered was written all the same
  private static boolean insist(BooleanSupplier write, BooleanSupplier written) {
    var end = System.nanoTime() + INSIST.toNanos();
    var failed = false;
    while (true) {
      try {
        return (failed && written.getAsBoolean()) || write.getAsBoolean();
      } catch (Problem e) {
        if (e.kind() != Problem.Kind.UNAVAILABLE || System.nanoTime() > end) {
          throw e;
        }
        failed = true;
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
    }
  }

  /// Attachments are stored even where the fence no longer holds: what they tell has happened.
  private List<Boolean> store(Tx tx, List<JournalStore.Progress> all) {
    var own = journals.store(tx, all);
    attach(tx, all.stream().flatMap(one -> one.attachments().stream()));
    return own;
  }

  private static void attach(Tx tx, Stream<Attachment> all) {
    all.collect(Collectors.groupingBy(Attachment::getClass))
        .values()
        .forEach(same -> same.getFirst().storeAll(tx, same));
  }

  private void finish(
      Run run, RunData data, Holding holding, Journal journal, @Nullable Halt halt) {
    var stop = holding.stopReason();
    var last = journal.unstored();
    if (!last.isNothing() && !(halt instanceof Halt.Completed || halt instanceof Halt.Failed)) {
      store(
          new JournalStore.Progress(
              run, last.steps(), last.events(), last.current(), last.attachments()));
    }
    if (halt instanceof Halt.Parked && (holding.isOverdue() || stop == Holding.Stop.CANCEL)) {
      // Parked, it would be woken at once and park again, for ever.
      stopped(run, data, stop == null ? Holding.Stop.DEADLINE : stop);
      return;
    }
    switch (halt) {
      case Halt.Completed(var result) -> end(run, data, last, RunState.COMPLETED, result, null);
      case Halt.Failed(var type, var message, var partial) ->
          end(run, data, last, RunState.FAILED, partial, error(type, message));
      case Halt.Parked(var waits) -> park(run, waits);
      case null -> stopped(run, data, stop == null ? Holding.Stop.RELEASE : stop);
    }
  }

  private void stopped(Run run, RunData data, Holding.Stop stop) {
    switch (stop) {
      case CANCEL -> end(run, data, RunState.CANCELLED, error("cancelled", "Cancelled by a user"));
      case DEADLINE ->
          end(run, data, RunState.FAILED, error("timeout", "The job ran into its timeout"));
      case RELEASE -> {
        database.useTx(tx -> journals.release(tx, run));
        notices.add(Runs.READY);
      }
      case ABANDON -> LOG.warn("Abandoned {}: this node could not beat", run.id());
    }
  }

  static JsonNode error(String type, String message) {
    return Json.object().put("type", type).put("message", message);
  }

  private void park(Run run, List<Wait> waits) {
    var first = waits.getFirst();
    var says = Json.object().put("status", "waiting").put("reason", first.reason());
    if (first.due() != null) {
      says.put("seconds", Math.max(1, first.due().toSeconds()));
    }
    database.useTx(
        tx -> journals.park(tx, run, waits, RunEvent.of("state", says), sentence(first)));
    notices.add(Runs.topic(run.id()));
    notices.add(Runs.READY);
  }

  private static String sentence(Wait wait) {
    return switch (wait.reason()) {
      case Wait.OUTCOME_UNKNOWN -> "Waiting: outcome unknown; somebody must resolve it";
      case Wait.NO_PROGRESS -> "Waiting: no progress; somebody must resolve it";
      case Wait.CALLBACK -> "Waiting for the callback of a tool";
      case Wait.LIMIT -> "Waiting for the model's rate limit or recovery";
      case Wait.CHILD -> "Waiting for a job that this one started";
      case Wait.APPROVAL -> "Waiting for an approval";
      case Wait.TIMER -> "Waiting for its time";
      case Wait.EVENT -> "Waiting for an event";
      default -> "Waiting: " + wait.reason();
    };
  }

  private void end(Run run, RunData data, RunState state, JsonNode error) {
    end(run, data, Stores.Part.NOTHING, state, null, error);
  }

  /// @param last what is stored with the end
  private void end(
      Run run,
      RunData data,
      Stores.Part last,
      RunState state,
      @Nullable JsonNode result,
      @Nullable JsonNode error) {
    Failpoint.hit("run.beforeTerminal");
    var says = Json.object().put("status", state.shown());
    if (error != null) {
      says.set("error", error);
    }
    var done = says.deepCopy();
    if (result != null) {
      done.set("result", result);
    }
    var events = new ArrayList<>(last.events());
    events.add(RunEvent.of("state", says));
    events.add(RunEvent.of("done", done));
    var ending = new JournalStore.Ending(run, state, result, error, last.steps(), events);
    var followed = new AtomicBoolean(true);
    if (!insist(
        () -> {
          var written = ends.add(new Last(ending, data, last.attachments()));
          followed.set(written == Written.FOLLOWED);
          return written != Written.REFUSED;
        },
        () -> database.direct(tx -> loads.has(tx, ending)))) {
      throw new StaleOwner(run.id());
    }
    notices.add(Runs.topic(run.id()));
    notices.add(Runs.end(run.id()));
    if (followed.get() || run.parent() != null) {
      notices.add(Runs.READY);
    }
  }

  private List<Written> end(Tx tx, List<Last> all) {
    var runs = journals.end(tx, all.stream().map(Last::ending).toList());
    attach(tx, all.stream().flatMap(one -> one.attachments().stream()));
    var ended = new ArrayList<RunListener.Ended>();
    for (var i = 0; i < all.size(); i++) {
      var last = all.get(i);
      runs.get(i)
          .map(over ->
              new RunListener.Ended(
                  over.run(), last.data(), last.ending().result(), last.ending().error()))
          .ifPresent(ended::add);
    }
    if (!ended.isEmpty()) {
      listeners.forEach(listener -> listener.ended(tx, ended));
    }
    return runs.stream()
        .map(over ->
            over.map(one -> one.followed() ? Written.FOLLOWED : Written.ENDED)
                .orElse(Written.REFUSED))
        .toList();
  }

  @Override
  public void close() {
    progress.close();
    ends.close();
  }
}
