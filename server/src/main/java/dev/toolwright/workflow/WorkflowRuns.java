package dev.toolwright.workflow;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.agent.EndWebhook;
import dev.toolwright.database.Database;
import dev.toolwright.database.Together;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.NewRun;
import dev.toolwright.run.Parent;
import dev.toolwright.run.Priority;
import dev.toolwright.run.Run;
import dev.toolwright.run.Runs;
import dev.toolwright.vault.Vault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Starts workflows as durable runs. A run keeps the definitions it starts with; what each of its
/// agents costs is reserved when that agent starts.
public final class WorkflowRuns implements AutoCloseable {
  private final Database database;
  private final Workflows workflows;
  private final Vault vault;
  private final Runs runs;
  private final Together<Submission, Stored> submits;

  public WorkflowRuns(Database database, Workflows workflows, Vault vault, Runs runs) {
    this.database = database;
    this.workflows = workflows;
    this.vault = vault;
    this.runs = runs;
    this.submits = new Together<>(database, "workflow submits", _ -> true, this::submit);
  }

  /// What somebody asks for.
  ///
  /// @param input usually an object
  /// @param context free-form, for conditions, agents and tools
  /// @param timeout of the whole; null: 24 hours
  public record Order(
      JsonNode input,
      ObjectNode context,
      @Nullable EndWebhook webhook,
      @Nullable Duration timeout,
      Priority priority) {}

  private record Submission(
      NewRun run, @Nullable EndWebhook webhook, BiConsumer<Tx, String> inTx) {}

  /// Accepts a job.
  ///
  /// @param inTx does in the same transaction what must not come apart from it; it is given the
  ///   run's id
  /// @return the run's id
  /// @throws Problem 404 for the workflow
  public String execute(
      Caller caller, String workflowId, Order order, BiConsumer<Tx, String> inTx) {
    caller.require(Role.MEMBER);
    var workflow = workflows.get(caller, workflowId);
    return execute(caller, "workflow", workflows.pin(caller, workflow), order, inTx);
  }

  /// Accepts a job of a graph that was pinned already.
  ///
  /// @param kind of the run
  String execute(
      Caller caller, String kind, ObjectNode pinned, Order order, BiConsumer<Tx, String> inTx) {
    var id = Ids.next("run");
    try (var seat = runs.seat()) {
      var run = newRun(caller, kind, pinned, order, id, null).on(seat);
      var stored = submits.add(new Submission(run, order.webhook(), inTx));
      runs.submitted(stored.run(), seat, stored.begun());
    }
    return id;
  }

  /// Accepts a job that is a step of another.
  ///
  /// @throws Problem 404 for the workflow
  void start(
      Caller caller,
      String workflowId,
      int version,
      Order order,
      String runId,
      Parent parent,
      Consumer<Tx> inTx) {
    var workflow =
        workflows
            .pinned(caller, workflowId, version)
            .orElseThrow(() -> Problem.notFound("Workflow", workflowId));
    var run = newRun(caller, "workflow", workflows.pin(caller, workflow), order, runId, parent);
    submits.add(new Submission(run, null, (tx, _) -> inTx.accept(tx)));
  }

  /// Starts the next attempt of a failed or cancelled job: what has completed stays, what failed is
  /// done again.
  ///
  /// @throws Problem 409 in any other state
  public Run retry(Caller caller, Run run, BiConsumer<Tx, Run> inTx) {
    caller.require(Role.MEMBER);
    var again =
        database.inTx(tx -> {
          var failedInPart = runs.hasFailedSteps(tx, run);
          var next = runs.retry(tx, run, failedInPart);
          runs.redo(tx, next);
          inTx.accept(tx, next);
          return next;
        });
    runs.submitted();
    return again;
  }

  private static NewRun newRun(
      Caller caller,
      String kind,
      ObjectNode pinned,
      Order order,
      String id,
      @Nullable Parent parent) {
    var input = Json.object();
    input.set("input", order.input());
    input.set("context", order.context());
    return new NewRun(
            id,
            caller.workspaceId(),
            caller.userId(),
            kind,
            WorkflowProgram.NAME,
            input,
            pinned,
            null,
            null,
            order.timeout() == null ? Runs.DEFAULT_TIMEOUT : order.timeout())
        .at(order.priority())
        .under(parent);
  }

  /// @param begun the run, if this node has begun it at once
  private record Stored(NewRun run, Optional<Run> begun) {}

  private List<Stored> submit(Tx tx, List<Submission> all) {
    var stored = new ArrayList<NewRun>();
    for (var one : all) {
      var run = one.run();
      var webhook = one.webhook();
      stored.add(webhook == null ? run : run.with(webhook.stored(tx, vault, run.workspaceId())));
      one.inTx().accept(tx, run.id());
    }
    var begun = runs.submit(tx, stored);
    return IntStream.range(0, all.size())
        .mapToObj(i -> new Stored(stored.get(i), begun.get(i)))
        .toList();
  }

  @Override
  public void close() {
    submits.close();
  }
}
