package dev.toolwright.agent;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.credit.Credits;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Together;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.NewRun;
import dev.toolwright.run.Parent;
import dev.toolwright.run.Run;
import dev.toolwright.run.Runs;
import dev.toolwright.run.Seat;
import dev.toolwright.tool.Tool;
import dev.toolwright.tool.Tools;
import dev.toolwright.vault.Vault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Starts agents as durable runs and retries them.
public final class AgentRuns implements AutoCloseable {
  private final Database database;
  private final Agents agents;
  private final Tools tools;
  private final Credits credits;
  private final Vault vault;
  private final Runs runs;
  private final ThreadStore threads = new ThreadStore();
  private final DurationStore durations = new DurationStore();
  private final Fresh<String, Double> usual = new Fresh<>();
  private final Together<Submission, Stored> submits;

  public AgentRuns(
      Database database, Agents agents, Tools tools, Credits credits, Vault vault, Runs runs) {
    this.database = database;
    this.agents = agents;
    this.tools = tools;
    this.credits = credits;
    this.vault = vault;
    this.runs = runs;
    this.submits = new Together<>(database, "submits", _ -> true, this::submit);
  }

  /// Accepts a job: credits are reserved and the run is stored in one transaction, or nothing is.
  ///
  /// @param inTx does in the same transaction what must not come apart from it; it is given the
  ///   run's id
  /// @return the run's id
  /// @throws Problem 404 for the agent or the thread, 403 naming tools, 402
  public String execute(Caller caller, Execution execution, BiConsumer<Tx, String> inTx) {
    caller.require(Role.MEMBER);
    var agent = agents.get(caller, execution.agentId());
    var pinned = pin(caller, agent, execution);
    var runId = Ids.next("run");
    // A thread that goes on may have to wait for its last job.
    try (var seat = execution.threadId() == null ? runs.seat() : Seat.NONE) {
      var stored =
          submits.add(new Submission(caller, agent, execution, pinned, runId, null, seat, inTx));
      runs.submitted(stored.run(), seat, stored.begun());
    }
    return runId;
  }

  /// Accepts a job that is a step of another.
  ///
  /// @param version of the agent
  /// @throws Problem as for [#execute]
  public void start(
      Caller caller,
      Execution execution,
      int version,
      String runId,
      Parent parent,
      Consumer<Tx> inTx) {
    var agent =
        agents
            .pinned(caller, execution.agentId(), version)
            .orElseThrow(() -> Problem.notFound("Agent", execution.agentId()));
    var pinned = pin(caller, agent, execution);
    submits.add(
        new Submission(
            caller,
            agent,
            execution,
            pinned,
            runId,
            parent,
            Seat.NONE,
            (tx, _) -> inTx.accept(tx)));
  }

  /// An execution that is about to be stored.
  private record Submission(
      Caller caller,
      Agent agent,
      Execution execution,
      ObjectNode pinned,
      String runId,
      @Nullable Parent parent,
      Seat seat,
      BiConsumer<Tx, String> inTx) {
    Credits.Reservation reservation() {
      return new Credits.Reservation(
          caller.workspaceId(), caller.userId(), PricedAction.AGENT_RUN, runId);
    }
  }

  /// @param begun the run, if this node has begun it at once
  private record Stored(NewRun run, Optional<Run> begun) {}

  private List<Stored> submit(Tx tx, List<Submission> all) {
    var begun = new ArrayList<ThreadStore.New>();
    var stored = new ArrayList<NewRun>();
    for (var one : all) {
      var threadId = thread(tx, one, begun);
      stored.add(
          new NewRun(
                  one.runId(),
                  one.caller().workspaceId(),
                  one.caller().userId(),
                  "agent",
                  AgentProgram.NAME,
                  input(one.execution(), threadId),
                  one.pinned(),
                  threadId,
                  stored(tx, one),
                  one.execution().timeout() == null
                      ? Runs.DEFAULT_TIMEOUT
                      : one.execution().timeout(),
                  one.execution().priority(),
                  null,
                  one.seat())
              .under(one.parent()));
      one.inTx().accept(tx, one.runId());
    }
    if (!begun.isEmpty()) {
      threads.insert(tx, begun);
    }
    // Last, because it locks what everybody pays from.
    credits.reserve(tx, all.stream().map(Submission::reservation).toList());
    var seated = runs.submit(tx, stored);
    return IntStream.range(0, all.size())
        .mapToObj(i -> new Stored(stored.get(i), seated.get(i)))
        .toList();
  }

  private ObjectNode pin(Caller caller, Agent agent, Execution execution) {
    var pinned = Json.object();
    pinned.put("agent_id", agent.id()).put("version", agent.version()).put("name", agent.name());
    pinned.put("instructions", agent.content().instructions());
    pinned.put("model", agent.content().model());
    pinned.put("temperature", agent.content().temperature());
    pinned.put("max_steps", execution.maxSteps());
    var list = pinned.putArray("tools");
    var leftOut = Json.array();
    for (var tool : chosen(caller, agent, execution, leftOut)) {
      list.addObject().put("id", tool.id()).put("version", tool.version()).put("name", tool.name());
    }
    if (!leftOut.isEmpty()) {
      pinned.set("left_out", leftOut);
    }
    return pinned;
  }

  /// What the run names is strict; of the agent's own tools, those the caller has not are left out.
  ///
  /// @param leftOut hears their names
  private List<Tool> chosen(Caller caller, Agent agent, Execution execution, ArrayNode leftOut) {
    if (execution.tools() != null) {
      return agents.usable(caller, execution.tools());
    }
    var found = new ArrayList<Tool>();
    for (var ref : agent.content().tools()) {
      tools.byId(caller, ref.id()).ifPresentOrElse(found::add, () -> leftOut.add(ref.name()));
    }
    return found;
  }

  /// @param begun takes a thread that is new
  private String thread(Tx tx, Submission one, List<ThreadStore.New> begun) {
    var caller = one.caller();
    var wanted = one.execution().threadId();
    if (wanted == null) {
      var id = Ids.next("thread");
      begun.add(new ThreadStore.New(caller.workspaceId(), id, caller.userId(), one.agent().id()));
      return id;
    }
    if (!threads.exists(tx, caller.workspaceId(), caller.userId(), wanted)) {
      throw Problem.notFound("Thread", wanted);
    }
    return wanted;
  }

  private @Nullable JsonNode stored(Tx tx, Submission one) {
    var webhook = one.execution().webhook();
    return webhook == null ? null : webhook.stored(tx, vault, one.caller().workspaceId());
  }

  private static ObjectNode input(Execution execution, String threadId) {
    var input = Json.object().put("message", execution.message()).put("thread_id", threadId);
    input.put("new_thread", execution.threadId() == null);
    input.set("context", execution.context());
    return input;
  }

  /// Starts the next attempt of a failed or cancelled job. It costs nothing when an earlier attempt
  /// was charged.
  ///
  /// @throws Problem 409 for a job that is no agent's
  public Run retry(Caller caller, Run run, BiConsumer<Tx, Run> inTx) {
    caller.require(Role.MEMBER);
    if (!run.program().equals(AgentProgram.NAME)) {
      throw Problem.of(
          Problem.Kind.CONFLICT, "This job is a single call, which has ended: call the tool again");
    }
    var again =
        database.inTx(tx -> {
          var next = runs.retry(tx, run);
          if (!wasCharged(tx, next)) {
            credits.reserve(
                tx,
                next.workspaceId(),
                next.userId(),
                PricedAction.AGENT_RUN,
                AgentRunListener.cause(next.id(), next.attempt()));
          }
          inTx.accept(tx, next);
          return next;
        });
    runs.submitted();
    return again;
  }

  /// How many seconds a job probably still takes, judged by the agent's last jobs.
  ///
  /// @return null when nobody knows, or it has ended
  public @Nullable Long remainingSeconds(Run run, Instant now) {
    if (run.state().hasEnded() || !run.program().equals(AgentProgram.NAME)) {
      return null;
    }
    return usual
        .get(
            run.id(),
            () -> database.direct(tx -> durations.median(tx, run.workspaceId(), run.id())))
        .map(seconds -> Math.max(0, Math.round(seconds - elapsed(run, now))))
        .orElse(null);
  }

  private static double elapsed(Run run, Instant now) {
    return run.startedAt() == null ? 0 : Duration.between(run.startedAt(), now).toMillis() / 1e3;
  }

  private boolean wasCharged(Tx tx, Run run) {
    for (var attempt = 1; attempt < run.attempt(); attempt++) {
      if (credits.isSettled(tx, run.workspaceId(), AgentRunListener.cause(run.id(), attempt))) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    submits.close();
  }
}
