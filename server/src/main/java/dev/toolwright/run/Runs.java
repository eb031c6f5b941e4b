package dev.toolwright.run;

import dev.toolwright.config.Failpoint;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.database.Portions;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The durable runs of this server: submit, look, wait for, signal, cancel, retry.
public final class Runs {
  /// How long a run may take when nobody said otherwise.
  public static final Duration DEFAULT_TIMEOUT = Duration.ofHours(24);

  static final String READY = "runs-ready";
  static final String CANCEL = "runs-cancel";

  private static final int PORTION = 500;
  private final Database database;
  private final Notices notices;
  private final List<RunListener> listeners;
  private final Live live;
  private final RunStore store = new RunStore();
  private volatile boolean letGo;
  private volatile @Nullable PostgresDispatcher local;

  /// @param listeners hear of every end, in this order, inside its transaction
  public Runs(Database database, Notices notices, List<RunListener> listeners) {
    this.database = database;
    this.notices = notices;
    // First, because whoever is told of an end locks runs, and all others lock what runs are paid
    // from.
    this.listeners = Stream.concat(Stream.of(new ChildEnds()), listeners.stream()).toList();
    this.live = new Live(notices);
  }

  /// The node's part: works on the runs of these programs.
  ///
  /// @param nodeId `name.boot`, unique per boot; the name is kept by a lock, so earlier boots under
  ///   it are dead
  /// @param slots runs worked on at once
  /// @param temporal shares the runs among the nodes; null: PostgreSQL does
  public Dispatcher dispatcher(
      List<Program> programs,
      String nodeId,
      String version,
      int slots,
      @Nullable Temporal temporal) {
    var byName = new HashMap<String, Program>();
    programs.forEach(program -> byName.put(program.name(), program));
    var worker = new RunWorker(database, notices, live, byName, listeners);
    var node = new RunNode(database, notices, worker, nodeId, version, slots);
    var names = List.copyOf(byName.keySet());
    if (temporal != null) {
      return new TemporalDispatcher(database, node, names, slots, temporal);
    }
    var dispatcher = new PostgresDispatcher(database, node, names);
    local = dispatcher;
    return dispatcher;
  }

  static String topic(String runId) {
    return "run/" + runId;
  }

  /// Told at the end alone: who waits for a result need not look at every step.
  static String end(String runId) {
    return "end/" + runId;
  }

  /// A place on this node for a run that is about to be submitted, if one is free.
  public Seat seat() {
    var node = local;
    return node == null ? Seat.NONE : node.seat();
  }

  /// Stores the runs in the caller's transaction. Call [#submitted] after its commit.
  ///
  /// @return for each the run, if it has a seat and nobody waits before it: it is this node's now,
  ///   and its seat begins it
  public List<Optional<Run>> submit(Tx tx, List<NewRun> submitted) {
    var begun = new SubmitStore().insert(tx, submitted);
    Failpoint.hit("submit.beforeCommit");
    return submitted.stream().map(one -> Optional.ofNullable(begun.get(one.id()))).toList();
  }

  /// Begins a run on its seat after the commit, or tells the nodes that there is something to
  /// claim.
  public void submitted(NewRun stored, Seat seat, Optional<Run> begun) {
    if (begun.isPresent()) {
      Failpoint.hit("submit.afterCommit");
      seat.begin(begun.get(), stored);
    } else {
      submitted();
    }
  }

  /// Tells the nodes that there is something to claim.
  public void submitted() {
    Failpoint.hit("submit.afterCommit");
    notices.add(READY);
  }

  public Optional<Run> find(String workspaceId, String id) {
    return database.direct(tx -> store.find(tx, workspaceId, id));
  }

  public RunData data(Run run) {
    return database.direct(tx -> store.data(tx, run.workspaceId(), run.id()));
  }

  /// Its steps until now, by key.
  public Map<String, Step> steps(Run run) {
    return database.direct(tx -> new LoadStore().load(tx, run)).steps();
  }

  public List<Wait> openWaits(Run run) {
    return run.state() == RunState.WAITING
        ? database.direct(tx -> store.openWaits(tx, run.workspaceId(), run.id()))
        : List.of();
  }

  /// The newest first.
  ///
  /// @param userId null: everybody's
  /// @param state null: any
  /// @param reason that it waits for, of [Wait#REASONS]; null: whatever it does
  public List<RecentRun> recent(
      String workspaceId,
      @Nullable String userId,
      @Nullable RunState state,
      @Nullable String reason,
      int limit,
      int offset) {
    return database.direct(tx ->
        store.recent(
            tx, workspaceId, userId, state == null ? null : state.key(), reason, limit, offset));
  }

  /// How many runs of the server are ready, running or waiting.
  public long count(RunState state) {
    return database.direct(tx -> new ClaimStore().count(tx, state.key()));
  }

  /// Deletes runs that ended before `time`, with their steps, events and results, in portions: for
  /// a chore. What they cost stays. Returns how many.
  public int forget(Instant time) {
    return Portions.all(
        PORTION,
        () ->
            database.inTx(tx -> {
              var gone = store.forget(tx, time, PORTION);
              for (var run : gone) {
                var webhook = run.webhook();
                if (webhook != null) {
                  listeners.forEach(listener -> listener.forgotten(tx, run.workspaceId(), webhook));
                }
              }
              return gone.size();
            }));
  }

  /// Forgets nodes that are long dead: for a chore.
  public void forgetNodes() {
    database.useTx(new ClaimStore()::forgetDead);
  }

  /// Waits until the run has ended, at most `time`.
  public Run await(Run run, Duration time) throws InterruptedException {
    return awaiting().until(run, time, end(run.id()), RunState::hasEnded);
  }

  /// Waits until the run has ended or waits itself for something from outside, at most `time`.
  public Run awaitRest(Run run, Duration time) throws InterruptedException {
    return awaiting()
        .until(run, time, topic(run.id()), now -> now.hasEnded() || now == RunState.WAITING);
  }

  private Awaiting awaiting() {
    return new Awaiting(notices, run -> find(run.workspaceId(), run.id()), () -> letGo);
  }

  /// Ends every wait on this node, because it is about to stop: who waits may ask another.
  public void letGo() {
    letGo = true;
  }

  /// Hears events; answers whether it wants more.
  @FunctionalInterface
  public interface EventReader {
    /// @param events the stored ones in order, and those that are not as they are heard; empty as a
    ///   sign of life every 15 seconds without any
    boolean read(List<RunEvent> events) throws InterruptedException;

    /// Whether it has gone; asked each second.
    default boolean gone() {
      return false;
    }
  }

  /// Gives every event after `after` to `reader`, as they happen, until the run's `done` event of
  /// its newest attempt was given or the reader has enough; and what is said while it follows,
  /// which is stored nowhere.
  public void follow(Run run, long after, EventReader reader) throws InterruptedException {
    new Following(database, notices, live, store, () -> letGo, run, after).with(reader);
  }

  /// Stops the run within a second, between steps and inside them. A run that has ended already
  /// stays as it is.
  public Run cancel(Run run) {
    var cancelled =
        database.inTx(tx -> {
          var now = locked(tx, run);
          stop(tx, now);
          return locked(tx, run);
        });
    notices.add(CANCEL);
    notices.add(topic(run.id()));
    notices.add(end(run.id()));
    notices.add(READY);
    return cancelled;
  }

  private void stop(Tx tx, Run now) {
    switch (now.state()) {
      case READY, WAITING -> endIdle(tx, now);
      case RUNNING -> store.requestCancel(tx, now.workspaceId(), now.id());
      case COMPLETED, FAILED, CANCELLED -> {}
    }
  }

  private void endIdle(Tx tx, Run run) {
    var error = RunWorker.error("cancelled", "Cancelled by a user");
    var says = Json.object().put("status", "cancelled");
    says.set("error", error);
    store.endIdle(
        tx,
        run,
        RunState.CANCELLED,
        error,
        List.of(RunEvent.of("state", says), RunEvent.of("done", says)));
    var ended = locked(tx, run);
    var data = store.data(tx, run.workspaceId(), run.id());
    var heard = List.of(new RunListener.Ended(ended, data, null, error));
    listeners.forEach(listener -> listener.ended(tx, heard));
  }

  /// Starts the next attempt of a failed or cancelled run in the caller's transaction: its finished
  /// steps stay, it goes on with the first unfinished one. Call [#submitted] after the commit.
  ///
  /// @throws Problem 409 in any other state
  public Run retry(Tx tx, Run run) {
    return retry(tx, run, false);
  }

  /// The same, also for a run that has completed in part.
  ///
  /// @param inPart whether this one has, if it has completed
  public Run retry(Tx tx, Run run, boolean inPart) {
    var now = locked(tx, run);
    if (now.state() != RunState.FAILED
        && now.state() != RunState.CANCELLED
        && !(inPart && now.state() == RunState.COMPLETED)) {
      throw Problem.of(
          Problem.Kind.CONFLICT,
          "Only a failed or cancelled job can be retried; this one is " + now.state().shown());
    }
    store.startAgain(tx, now);
    return locked(tx, run);
  }

  /// Whether a step of it has failed, whatever became of the whole.
  public boolean hasFailedSteps(Tx tx, Run run) {
    return store.hasFailedSteps(tx, run);
  }

  /// Has a run that starts again do again what failed, and what waited for an answer.
  public void redo(Tx tx, Run run) {
    store.forgetUnfinished(tx, run);
  }

  /// Answers what a waiting run asks: what became of a step whose outcome is unknown, or whether to
  /// go on at all.
  ///
  /// @param key of one step; null: of all that wait
  /// @param action `repeat`, `done` or `fail`
  /// @param result of the step, for `done`
  /// @throws Problem 409 when nothing waits for it
  public Run resolve(
      Run run, @Nullable String key, String action, @Nullable JsonNode result, String by) {
    var resolved =
        database.inTx(tx -> {
          var now = locked(tx, run);
          var waits =
              store.openWaits(tx, run.workspaceId(), run.id()).stream()
                  .filter(Runs::needsDecision)
                  .filter(wait -> key == null || wait.key().equals(key))
                  .toList();
          if (now.state().hasEnded() || waits.isEmpty()) {
            throw Problem.of(
                Problem.Kind.CONFLICT,
                key == null
                    ? "This job waits for no decision"
                    : "No step " + key + " of this job waits for a decision");
          }
          for (var wait : waits) {
            store.answer(tx, run.workspaceId(), run.id(), wait.key(), answer(action, result), by);
            if (!action.equals("repeat")) {
              // Whoever was to answer the step need not any more.
              new WaitStore().close(tx, run, Wait.ofStep(wait.key()));
            }
          }
          var noProgress = waits.getFirst().reason().equals(Wait.NO_PROGRESS);
          if (noProgress && !action.equals("repeat")) {
            stop(tx, now);
          } else {
            store.wake(tx, run.workspaceId(), run.id(), noProgress);
          }
          return locked(tx, run);
        });
    notices.add(READY);
    notices.add(topic(run.id()));
    notices.add(end(run.id()));
    return resolved;
  }

  /// Answers what a waiting run waits for, and lets it go on.
  ///
  /// @param which of its open waits
  /// @return how many were answered; the first answer to each counts
  public int answer(Run run, Predicate<Wait> which, JsonNode answer, String by) {
    int answered =
        database.inTx(tx -> {
          var now = locked(tx, run);
          if (now.state().hasEnded()) {
            return 0;
          }
          var count = 0;
          for (var wait : store.openWaits(tx, run.workspaceId(), run.id())) {
            if (which.test(wait)
                && store.answer(tx, run.workspaceId(), run.id(), wait.key(), answer, by)) {
              count++;
            }
          }
          if (count > 0) {
            store.wake(tx, run.workspaceId(), run.id(), false);
          }
          return count;
        });
    if (answered > 0) {
      notices.add(READY);
      notices.add(topic(run.id()));
    }
    return answered;
  }

  private static boolean needsDecision(Wait wait) {
    return wait.reason().equals(Wait.OUTCOME_UNKNOWN) || wait.reason().equals(Wait.NO_PROGRESS);
  }

  private static JsonNode answer(String action, @Nullable JsonNode result) {
    var answer = Json.object().put("action", action);
    if (action.equals("fail")) {
      answer
          .put("error_type", "resolved_as_failed")
          .put("error", "A person decided that it failed");
    }
    return answer.set("result", result);
  }

  private Run locked(Tx tx, Run run) {
    return store
        .lock(tx, run.workspaceId(), run.id())
        .orElseThrow(() -> Problem.notFound("Job", run.id()));
  }

  /// The words that [#resolve] takes.
  public static final Map<String, String> ACTIONS =
      Map.of(
          "repeat", "act again under the same idempotency key",
          "done", "it happened; go on with the given result",
          "fail", "it did not happen; tell the agent that it failed");
}
