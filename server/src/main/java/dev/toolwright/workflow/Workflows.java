package dev.toolwright.workflow;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.agent.Agents;
import dev.toolwright.credit.Credits;
import dev.toolwright.credit.PricedAction;
import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.definition.Definition;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listed;
import dev.toolwright.definition.Listing;
import dev.toolwright.definition.Revision;
import dev.toolwright.definition.Visibility;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.tool.Tools;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The workflows of a workspace: made, found, changed and deleted.
public final class Workflows {
  static final String KIND = "workflow";

  private final Database database;
  private final Definitions definitions;
  private final Tools tools;
  private final Agents agents;
  private final Credits credits;

  public Workflows(
      Database database, Definitions definitions, Tools tools, Agents agents, Credits credits) {
    this.database = database;
    this.definitions = definitions;
    this.tools = tools;
    this.agents = agents;
    this.credits = credits;
  }

  /// Reads a graph of steps and notes every fault in it.
  ///
  /// @return null when it is at fault
  public WorkflowDraft.@Nullable Spelling steps(Caller caller, Fields in) {
    var graph = new StepReader(known(caller)).graph(in);
    if (graph == null) {
      return null;
    }
    var source = Json.object();
    source.set("steps", in.any("steps"));
    if (in.has("output")) {
      source.set("output", in.any("output"));
    }
    return new WorkflowDraft.Spelling(source, graph);
  }

  /// Reads a flow of agents and notes every fault in it.
  ///
  /// @return null when it is at fault
  public WorkflowDraft.@Nullable Spelling flow(Caller caller, Fields in) {
    var flow = Flow.read(in, known(caller));
    return flow == null ? null : new WorkflowDraft.Spelling(flow.source(), flow.graph());
  }

  private Known known(Caller caller) {
    return new Known(caller, tools, database, definitions);
  }

  /// Saves a new workflow, for three credits.
  ///
  /// @throws Problem 402, 403
  public Workflow create(
      Caller caller, String name, String description, WorkflowDraft.Spelling spelling) {
    caller.require(Role.MEMBER);
    return database.inTx(tx -> {
      charge(tx, caller, PricedAction.WORKFLOW_CREATE);
      var content = new Workflow.Content(description, spelling.source(), spelling.graph());
      var made =
          definitions.create(
              tx, caller, KIND, Ids.next(KIND), name, Visibility.PRIVATE, Json.tree(content));
      return referring(tx, caller, made);
    });
  }

  /// Saves the next version with the draft's changes, for one credit.
  ///
  /// @throws Problem 404, 403 for who may not change it, 400 when workflows would call each other
  ///   in a circle
  public Workflow update(Caller caller, String id, WorkflowDraft draft) {
    return database.inTx(tx -> {
      var current = definitions.editable(tx, caller, KIND, id);
      charge(tx, caller, PricedAction.WORKFLOW_UPDATE);
      var old = Workflow.of(current);
      var spelling = draft.spelling();
      var content =
          new Workflow.Content(
              draft.description() == null ? old.content().description() : draft.description(),
              spelling == null ? old.content().source() : spelling.source(),
              spelling == null ? old.content().graph() : spelling.graph());
      return saved(tx, caller, current, draft.name() == null ? old.name() : draft.name(), content);
    });
  }

  /// Saves the next version with the content of an earlier one.
  ///
  /// @throws Problem 404 for the workflow or the version, 403
  public Workflow rollback(Caller caller, String id, int version) {
    return database.inTx(tx -> {
      var current = definitions.editable(tx, caller, KIND, id);
      var old =
          definitions
              .revision(tx, current, version)
              .map(Workflow::of)
              .orElseThrow(() -> Problem.notFound("Version", String.valueOf(version)));
      return saved(tx, caller, current, current.name(), old.content());
    });
  }

  private Workflow saved(
      Tx tx, Caller caller, Definition current, String name, Workflow.Content content) {
    return referring(
        tx,
        caller,
        definitions.update(tx, caller, current, current.visibility(), name, Json.tree(content)));
  }

  private Workflow referring(Tx tx, Caller caller, Definition definition) {
    var workflow = Workflow.of(definition);
    var used = new HashSet<String>();
    for (var step : workflow.content().graph().all()) {
      switch (step.action()) {
        case Action.CallTool call when call.tool().startsWith("tool_") -> used.add(call.tool());
        case Action.RunAgent run -> used.add(run.agent());
        case Action.RunWorkflow run -> used.add(run.workflow());
        default -> {}
      }
    }
    definitions.refer(tx, definition, used);
    refuseCircle(tx, caller, definition, new ArrayList<>());
    return workflow;
  }

  private void refuseCircle(Tx tx, Caller caller, Definition at, List<Definition> path) {
    if (path.stream().anyMatch(one -> one.id().equals(at.id()))) {
      var names = new ArrayList<String>();
      path.forEach(one -> names.add(one.name()));
      throw Problem.invalid(
          "The workflows would call each other in a circle: "
              + String.join(" → ", names)
              + " → "
              + at.name());
    }
    path.add(at);
    for (var id : definitions.references(tx, List.of(at)).getOrDefault(at.id(), Set.of())) {
      for (var kind : List.of(KIND, "tool", Agents.KIND)) {
        definitions
            .usableById(tx, caller, kind, id)
            .ifPresent(next -> refuseCircle(tx, caller, next, path));
      }
    }
    path.removeLast();
  }

  /// @throws Problem 404 when the caller does not see it
  public Workflow get(Caller caller, String id) {
    return database.direct(tx -> Workflow.of(definitions.byId(tx, caller, KIND, id)));
  }

  /// The current version of a workflow that the caller may use.
  Optional<Integer> version(Caller caller, String id) {
    return database
        .direct(tx -> definitions.usableById(tx, caller, KIND, id))
        .map(Definition::version);
  }

  /// The workflow in a version, if the caller still may use it.
  Optional<Workflow> pinned(Caller caller, String id, int version) {
    return database.direct(
        tx -> definitions.pinned(tx, caller, KIND, id, version).map(Workflow::of));
  }

  /// Newest first.
  public Listed<Workflow> list(Caller caller, Listing listing) {
    return database.direct(tx -> definitions.list(tx, caller, KIND, listing)).map(Workflow::of);
  }

  /// The versions, the newest first.
  ///
  /// @throws Problem 404 when the caller does not see it
  public List<Revision> versions(Caller caller, String id) {
    return database.direct(tx -> definitions.revisions(tx, definitions.byId(tx, caller, KIND, id)));
  }

  /// @param force although others use it
  /// @throws Problem 404, 403, or 409 naming what uses it
  public void delete(Caller caller, String id, boolean force) {
    database.useTx(tx -> {
      var workflow = definitions.editable(tx, caller, KIND, id);
      var users = definitions.usedBy(tx, workflow);
      if (!users.isEmpty() && !force) {
        throw Definitions.inUse(workflow, users);
      }
      definitions.delete(tx, workflow);
    });
  }

  /// What a run of it keeps: the graph, and the versions of all that it names.
  ObjectNode pin(Caller caller, Workflow workflow) {
    var pinned = Json.object().put("workflow_id", workflow.id());
    pinned.put("version", workflow.version()).put("name", workflow.name());
    pinned.put("is_flow", workflow.content().isFlow());
    return pinned(caller, workflow.content().graph(), pinned);
  }

  private ObjectNode pinned(Caller caller, Graph graph, ObjectNode pinned) {
    pinned.set("graph", Json.tree(graph));
    var toolVersions = pinned.putObject("tools");
    var agentVersions = pinned.putObject("agents");
    var workflowVersions = pinned.putObject("workflows");
    for (var step : graph.all()) {
      switch (step.action()) {
        case Action.CallTool call ->
            tools
                .byId(caller, call.tool())
                .ifPresent(tool -> toolVersions.put(tool.id(), tool.version()));
        case Action.RunAgent run ->
            agents
                .version(caller, run.agent())
                .ifPresent(version -> agentVersions.put(run.agent(), version));
        case Action.RunWorkflow run ->
            version(caller, run.workflow())
                .ifPresent(version -> workflowVersions.put(run.workflow(), version));
        default -> {}
      }
    }
    return pinned;
  }

  private void charge(Tx tx, Caller caller, PricedAction action) {
    credits.charge(tx, caller.workspaceId(), caller.userId(), action, Ids.next("charge"));
  }
}
