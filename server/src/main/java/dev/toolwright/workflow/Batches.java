package dev.toolwright.workflow;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.agent.EndWebhook;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunState;
import dev.toolwright.run.Runs;
import dev.toolwright.run.Step;
import dev.toolwright.tool.CallSteps;
import dev.toolwright.tool.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// Calls of one tool for many items, as one job: a workflow of a single loop.
public final class Batches {
  public static final int MOST_ITEMS = 10_000;
  public static final int MOST_AT_ONCE = 64;
  private static final String KIND = "batch";
  private static final String STEP = "items";

  private final WorkflowRuns workflows;
  private final Runs runs;

  public Batches(WorkflowRuns workflows, Runs runs) {
    this.workflows = workflows;
    this.runs = runs;
  }

  /// What is to be done.
  ///
  /// @param items one call each
  /// @param parameters of each call, with references such as `${item.name}` and `${index}`; null:
  ///   the item itself
  /// @param concurrency calls at once
  /// @param stops whether the first failure ends it
  public record Order(
      ArrayNode items,
      @Nullable JsonNode parameters,
      int concurrency,
      boolean stops,
      @Nullable Duration timeout,
      @Nullable EndWebhook webhook,
      Priority priority) {}

  /// @param tool that the caller may use
  /// @return the run's id
  public String start(Caller caller, Tool tool, Order order, BiConsumer<Tx, String> inTx) {
    caller.require(Role.MEMBER);
    var parameters = order.parameters() == null ? Json.tree("${item}") : order.parameters();
    var step =
        new GraphStep(
            STEP,
            GraphStep.Type.LOOP,
            tool.name(),
            new Action.CallTool(tool.id(), tool.name(), parameters),
            List.of(),
            null,
            new GraphStep.Loop(
                Json.tree("${input.items}"), null, MOST_ITEMS, order.concurrency(), !order.stops()),
            null,
            0,
            true,
            null);
    var pinned = Json.object().put("name", tool.name()).put("group", "custom-tools");
    pinned.set("graph", Json.tree(new Graph(List.of(step), null, false)));
    pinned.putObject("tools").put(tool.id(), tool.version());
    var input = Json.object();
    input.set("items", order.items());
    return workflows.execute(
        caller,
        KIND,
        pinned,
        new WorkflowRuns.Order(
            input, Json.object(), order.webhook(), order.timeout(), order.priority()),
        inTx);
  }

  /// A batch that the caller started, or as an admin anybody's.
  ///
  /// @throws Problem 404
  public Run get(Caller caller, String id) {
    if (!id.matches("run_[0-9a-f]{24}")) {
      throw Problem.notFound("Batch", id);
    }
    return runs.find(caller.workspaceId(), id)
        .filter(run -> run.kind().equals(KIND))
        .filter(run -> run.userId().equals(caller.userId()) || caller.isAdmin())
        .orElseThrow(() -> Problem.notFound("Batch", id));
  }

  /// How a batch stands.
  ///
  /// @param toolName of the tool
  /// @param status as of any job, or `partial_failure`
  /// @param error why it ended before its time; null: it did not
  public record Standing(
      String toolName,
      String status,
      int total,
      int completed,
      int failed,
      @Nullable String error,
      List<Item> items) {}

  /// What came of one item.
  ///
  /// @param status `completed`, `failed`, `waiting` or `pending`
  public record Item(
      int index,
      String status,
      @Nullable JsonNode result,
      @Nullable String errorType,
      @Nullable String error) {}

  /// @param from index of the first item that is listed
  /// @param count of those that are, at most
  public Standing standing(Run run, int from, int count) {
    var data = runs.data(run);
    var journal = runs.steps(run);
    var total = data.input().path("input").path("items").size();
    var completed = 0;
    var failed = 0;
    var items = new ArrayList<Item>();
    for (var index = 0; index < total; index++) {
      var item = item(journal, index);
      completed += item.status().equals("completed") ? 1 : 0;
      failed += item.status().equals("failed") ? 1 : 0;
      if (index >= from && index < from + count) {
        items.add(item);
      }
    }
    var error = data.error();
    return new Standing(
        data.pinned().path("name").asString(""),
        run.state() == RunState.COMPLETED && failed > 0 ? "partial_failure" : run.state().shown(),
        total,
        completed,
        failed,
        error == null ? null : error.path("message").asString(""),
        items);
  }

  private static Item item(Map<String, Step> journal, int index) {
    var step = journal.get("step/" + STEP + "[" + index + "]");
    if (step == null || step.state() == Step.State.INTENT) {
      return new Item(index, "pending", null, null, null);
    }
    if (step.state() == Step.State.WAITING || step.state() == Step.State.UNKNOWN) {
      return new Item(index, "waiting", null, null, null);
    }
    var made = CallSteps.made(step);
    return made.errorType() == null
        ? new Item(index, "completed", made.value(), null, null)
        : new Item(index, "failed", made.value(), made.errorType(), made.error());
  }
}
