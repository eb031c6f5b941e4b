package dev.toolwright.workflow;

import dev.toolwright.account.Caller;
import dev.toolwright.agent.JobView;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunData;
import dev.toolwright.run.RunState;
import dev.toolwright.run.Runs;
import dev.toolwright.run.Step;
import dev.toolwright.run.Wait;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Workflows' runs as their users see them: how far they are, what came of them.
public final class WorkflowJobs {
  private final Database database;
  private final Runs runs;
  private final WorkflowStore store = new WorkflowStore();
  private final Fresh<String, Double> usual = new Fresh<>();

  public WorkflowJobs(Database database, Runs runs) {
    this.database = database;
    this.runs = runs;
  }

  public static boolean isOne(Run run) {
    return run.program().equals(WorkflowProgram.NAME);
  }

  /// How far a run is.
  ///
  /// @param steps in all
  /// @param done that have ended
  public record Progress(int done, int steps) {}

  public Progress progress(Run run) {
    var data = runs.data(run);
    return new Progress(known(run, data).size(), graph(data).steps().size());
  }

  /// How many seconds a run probably still takes, judged by the workflow's last runs.
  ///
  /// @return null when nobody knows, or it has ended
  public @Nullable Long remainingSeconds(Run run, Instant now) {
    if (run.state().hasEnded()) {
      return null;
    }
    var workflowId = runs.data(run).pinned().path("workflow_id").asString("");
    var elapsed =
        run.startedAt() == null ? 0 : Duration.between(run.startedAt(), now).toMillis() / 1e3;
    return usual
        .get(
            run.id(),
            () -> database.direct(tx -> store.median(tx, run.workspaceId(), workflowId, run.id())))
        .map(seconds -> Math.max(0, Math.round(seconds - elapsed)))
        .orElse(null);
  }

  /// A run of a workflow: `status`, `steps_completed`, `steps_failed`, `results` and the rest, of
  /// what has ended until now.
  ///
  /// @param time of the clock
  public ObjectNode shown(Run run, Instant time) {
    var data = runs.data(run);
    var shown = Json.object().put("run_id", run.id());
    shown.put("workflow_id", data.pinned().path("workflow_id").asString(""));
    shown.put("workflow_version", data.pinned().path("version").asInt());
    var result =
        data.result() instanceof ObjectNode whole && whole.has("steps_completed")
            ? whole.deepCopy()
            : Results.of(graph(data), run.state().shown(), known(run, data), null);
    if (run.state() != RunState.COMPLETED) {
      result.put("status", JobView.status(run, runs.openWaits(run)));
    }
    result.remove(List.of("run_id", "workflow_id"));
    shown.setAll(result);
    shown.put("execution_time", seconds(run, time));
    var error = data.error();
    shown.put(
        "error_details", error == null ? details(result) : error.path("message").asString(""));
    if (error != null) {
      shown.set("error_type", error.path("type"));
    }
    return shown;
  }

  private static @Nullable String details(JsonNode result) {
    var failed = new ArrayList<String>();
    for (var id : result.path("steps_failed")) {
      var step = result.path("results").path(id.asString(""));
      failed.add("Step " + id.asString("") + " failed: " + step.path("error").asString(""));
    }
    return failed.isEmpty() ? null : String.join("; ", failed);
  }

  private static double seconds(Run run, Instant time) {
    if (run.startedAt() == null) {
      return 0;
    }
    var end = run.endedAt() == null ? time : run.endedAt();
    return Math.max(0, Duration.between(run.startedAt(), end).toMillis()) / 1e3;
  }

  private static Graph graph(RunData data) {
    return Json.read(data.pinned().path("graph"), Graph.class);
  }

  /// What the journal knows of the steps that have ended.
  private Map<String, StepEnd> known(Run run, RunData data) {
    var journal = runs.steps(run);
    var ends = new LinkedHashMap<String, StepEnd>();
    for (var step : graph(data).steps()) {
      var end = end(journal, step);
      if (end != null) {
        ends.put(step.id(), end);
      }
    }
    return ends;
  }

  private static @Nullable StepEnd end(Map<String, Step> journal, GraphStep step) {
    var key = "step/" + step.id();
    var judged = journal.get(key + "/if");
    if (judged != null && judged.result() != null && !judged.result().path("held").asBoolean()) {
      return new StepEnd.Skipped("condition_not_met", "");
    }
    var newest = journal.get(key);
    for (var attempt = 2; journal.containsKey(key + "/try/" + attempt); attempt++) {
      newest = journal.get(key + "/try/" + attempt);
    }
    return newest == null || Acts.end(newest) instanceof StepEnd.Waiting ? null : Acts.end(newest);
  }

  /// A run of a workflow that the caller started, or as an admin anybody's.
  ///
  /// @throws Problem 404
  public Run get(Caller caller, String id) {
    if (!id.matches("run_[0-9a-f]{24}")) {
      throw Problem.notFound("Workflow run", id);
    }
    return runs.find(caller.workspaceId(), id)
        .filter(WorkflowJobs::isOne)
        .filter(run -> run.userId().equals(caller.userId()) || caller.isAdmin())
        .orElseThrow(() -> Problem.notFound("Workflow run", id));
  }

  /// The runs of a workflow that the caller started, or as an admin anybody's; the newest first.
  public List<Run> list(Caller caller, String workflowId, int limit, long offset) {
    var userId = caller.isAdmin() ? null : caller.userId();
    return database
        .direct(tx -> store.runs(tx, caller.workspaceId(), userId, workflowId, limit, offset))
        .stream()
        .flatMap(id -> runs.find(caller.workspaceId(), id).stream())
        .toList();
  }

  /// Tells a run an event.
  ///
  /// @param data becomes the result of the steps that wait for it
  /// @throws Problem 409 when none waits for it, or not yet
  public void tell(Run run, String event, @Nullable JsonNode data, String by) {
    var answer = Json.object();
    answer.set("data", data == null ? Json.object() : data);
    var told =
        runs.answer(
            run,
            wait ->
                wait.reason().equals(Wait.EVENT)
                    && wait.question() != null
                    && wait.question().path("event").asString("").equals(event),
            answer,
            by);
    if (told == 0) {
      throw Problem.of(Problem.Kind.CONFLICT, "No step of this run waits for the event " + event);
    }
  }

  /// Figures of the workspace's workflows; zeros when there are none.
  public ObjectNode metrics(Caller caller) {
    var figures = database.direct(tx -> store.figures(tx, caller.workspaceId()));
    return Json.object()
        .put("total_workflows", figures.ended())
        .put("completed_workflows", figures.completed())
        .put("partially_failed_workflows", figures.partial())
        .put("failed_workflows", figures.failed())
        .put(
            "success_rate",
            figures.ended() == 0 ? 0 : (double) figures.completed() / figures.ended())
        .put("average_execution_time", Math.round(figures.seconds() * 1e3) / 1e3)
        .put("active_workflows", figures.active())
        .put("registered_tools", figures.tools())
        .put("workflow_templates", figures.workflows());
  }
}
