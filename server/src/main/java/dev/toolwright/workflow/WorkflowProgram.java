package dev.toolwright.workflow;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Members;
import dev.toolwright.agent.AgentRuns;
import dev.toolwright.approval.Approvals;
import dev.toolwright.expression.References;
import dev.toolwright.expression.UnresolvedReference;
import dev.toolwright.json.Json;
import dev.toolwright.run.Children;
import dev.toolwright.run.Halt;
import dev.toolwright.run.Journal;
import dev.toolwright.run.Program;
import dev.toolwright.tool.CallSteps;
import dev.toolwright.tool.Tools;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The one executor of graphs: orchestrations, flows of agents, batches.
public final class WorkflowProgram implements Program {
  static final String NAME = "workflow/1";

  private final Members members;
  private final Parts parts;

  /// What steps are made with.
  public record Parts(
      Tools tools,
      CallSteps calls,
      Approvals approvals,
      Children children,
      AgentRuns agents,
      WorkflowRuns workflows,
      InstantSource clock) {}

  public WorkflowProgram(Members members, Parts parts) {
    this.members = members;
    this.parts = parts;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Halt run(Journal journal) throws InterruptedException {
    var run = journal.run();
    var group = journal.pinned().path("group").asString("workflows");
    var caller = members.find(run.workspaceId(), run.userId(), group);
    return caller.isEmpty()
        ? new Halt.Failed("permission_error", "The user of this job may not run it any more", null)
        : run(journal, caller.get());
  }

  private Halt run(Journal journal, Caller caller) throws InterruptedException {
    var graph = Json.read(journal.pinned().path("graph"), Graph.class);
    var input = journal.input();
    var scope = Scope.of(input.path("input"), input.path("context"));
    var level =
        new GraphRun(journal, new Acts(journal, caller, parts))
            .level(graph.steps(), scope, "step/");
    if (!level.waits().isEmpty()) {
      return new Halt.Parked(journal.waits(GraphRun.waiting(level.waits()).on()));
    }
    return ended(journal, graph, level.ends(), scope.with(level.ends()));
  }

  private static Halt ended(Journal journal, Graph graph, Map<String, StepEnd> ends, Scope scope) {
    var isFlow = journal.pinned().path("is_flow").asBoolean();
    var failed = Results.failed(ends);
    var completed = Results.completed(ends);
    var fatal = GraphRun.hasFailed(graph.steps(), ends);
    var status =
        fatal || (completed.isEmpty() && (!failed.isEmpty() || graph.oneMustRun()))
            ? "failed"
            : failed.isEmpty() ? "completed" : "partial_failure";
    JsonNode output = null;
    String broken = null;
    try {
      output = output(graph, ends, scope, isFlow);
    } catch (UnresolvedReference e) {
      broken = "The output cannot be made: " + e.getMessage();
      status = "failed";
    }
    var result = Results.of(graph, status, ends, output);
    result.put("workflow_id", journal.pinned().path("workflow_id").asString(""));
    result.put("run_id", journal.run().id());
    if (isFlow) {
      result.set("workflow_results", Results.list(graph, ends));
      result.put("output", output == null ? "" : Results.text(output));
    }
    if (!status.equals("failed")) {
      return new Halt.Completed(result);
    }
    return broken != null
        ? new Halt.Failed("reference_error", broken, result)
        : failed.isEmpty()
            ? new Halt.Failed("no_match", noMatch(graph, ends), result)
            : new Halt.Failed(type(failed, ends), GraphRun.sentence(failed, ends), result);
  }

  private static String type(List<String> failed, Map<String, StepEnd> ends) {
    return ends.get(failed.getFirst()) instanceof StepEnd.Failed one
        ? one.type()
        : "workflow_failed";
  }

  private static String noMatch(Graph graph, Map<String, StepEnd> ends) {
    return "No step ran: "
        + graph.steps().stream()
            .filter(step -> ends.get(step.id()) instanceof StepEnd.Skipped)
            .map(step ->
                step.title()
                    + ": "
                    + (ends.get(step.id()) instanceof StepEnd.Skipped(_, var says) ? says : ""))
            .collect(Collectors.joining("; "));
  }

  /// What the workflow was told to put out; else the results that no other step went on from.
  private static @Nullable JsonNode output(
      Graph graph, Map<String, StepEnd> ends, Scope scope, boolean isFlow)
      throws UnresolvedReference {
    if (graph.output() != null && Results.failed(ends).isEmpty()) {
      return References.fill(graph.output(), scope.names());
    }
    var last = last(graph, ends);
    if (last.size() <= 1) {
      return last.isEmpty() ? null : result(ends, last.getFirst());
    }
    if (isFlow) {
      return Json.tree(
          last.stream()
              .map(step -> "## " + step.title() + "\n\n" + Results.text(result(ends, step)))
              .collect(Collectors.joining("\n\n")));
    }
    var all = Json.object();
    last.forEach(step -> all.set(step.id(), result(ends, step)));
    return all;
  }

  private static JsonNode result(Map<String, StepEnd> ends, GraphStep step) {
    return ends.get(step.id()) instanceof StepEnd.Completed(var result, _) ? result : Json.object();
  }

  private static List<GraphStep> last(Graph graph, Map<String, StepEnd> ends) {
    var predecessors = Order.predecessors(graph.steps());
    var last = new ArrayList<GraphStep>();
    var followed = new HashSet<String>();
    for (var step : graph.steps()) {
      if (ends.get(step.id()) instanceof StepEnd.Completed) {
        followed.addAll(predecessors.getOrDefault(step.id(), Set.of()));
        last.add(step);
      }
    }
    last.removeIf(step -> followed.contains(step.id()));
    return last;
  }
}
