package dev.toolwright.workflow;

import dev.toolwright.approval.Decision;
import dev.toolwright.expression.Condition;
import dev.toolwright.expression.MalformedCondition;
import dev.toolwright.expression.References;
import dev.toolwright.expression.UnresolvedReference;
import dev.toolwright.json.Json;
import dev.toolwright.run.Effect;
import dev.toolwright.run.Journal;
import dev.toolwright.run.RunEvent;
import dev.toolwright.run.Step;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// One run of a graph over its journal.
///
/// Journal keys: `step/ID` for what a step does, with `[N]` behind it for the N-th iteration of a
/// loop, `/try/N` for later attempts, `/pause/N` for the time between them, `/if` for its
/// conditions, `/approval` for its approval, and `/ID` for a step inside it.
final class GraphRun {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final Journal journal;
  private final Acts acts;

  GraphRun(Journal journal, Acts acts) {
    this.journal = journal;
    this.acts = acts;
  }

  /// What steps beside each other have come to.
  ///
  /// @param waits of those that are not over; empty when all are
  record Level(Map<String, StepEnd> ends, List<StepEnd.Waiting> waits) {}

  /// Steps beside each other.
  ///
  /// @param prefix of their keys
  Level level(List<GraphStep> steps, Scope scope, String prefix) throws InterruptedException {
    var predecessors = Order.predecessors(steps);
    var scheduler =
        new Scheduler((ends, active) ->
            hasFailed(steps, ends)
                ? List.of()
                : steps.stream()
                    .filter(step -> !ends.containsKey(step.id()) && !active.contains(step.id()))
                    .filter(step -> ends.keySet().containsAll(predecessors.get(step.id())))
                    .map(step -> task(step, scope.with(ends), prefix, missed(step, ends)))
                    .toList());
    var ends = scheduler.run();
    return new Level(ends, hasFailed(steps, ends) ? List.of() : scheduler.waits());
  }

  static boolean hasFailed(List<GraphStep> steps, Map<String, StepEnd> ends) {
    return steps.stream()
        .anyMatch(step -> step.fatal() && ends.get(step.id()) instanceof StepEnd.Failed);
  }

  private Scheduler.Task task(
      GraphStep step, Scope scope, String prefix, StepEnd.@Nullable Skipped missed) {
    return new Scheduler.Task(
        step.id(), () -> missed == null ? step(step, scope, prefix + step.id()) : missed);
  }

  /// Why a step is left out without being looked at; null when it is not.
  private static StepEnd.@Nullable Skipped missed(GraphStep step, Map<String, StepEnd> ends) {
    for (var dependency : step.dependencies()) {
      switch (ends.get(dependency)) {
        case StepEnd.Failed _ -> {
          return new StepEnd.Skipped("dependency_failed", "Step " + dependency + " failed");
        }
        case StepEnd.Skipped(var reason, _) when reason.equals("dependency_failed") -> {
          return new StepEnd.Skipped("dependency_failed", "Step " + dependency + " was skipped");
        }
        case null, default -> {}
      }
    }
    var when = step.when();
    if (when != null) {
      for (var other : when.otherwise()) {
        if (!(ends.get(other) instanceof StepEnd.Skipped)) {
          return new StepEnd.Skipped("condition_not_met", "Step " + other + " ran instead");
        }
      }
    }
    return null;
  }

  private StepEnd step(GraphStep step, Scope scope, String key) throws InterruptedException {
    var when = step.when();
    if (when != null && !when.conditions().isEmpty()) {
      var judged = judged(key + "/if", step.id(), when.conditions(), when.any(), scope);
      if (!judged.path("held").asBoolean()) {
        return new StepEnd.Skipped("condition_not_met", says(judged));
      }
    }
    return step.loop() == null
        ? attempts(step, scope, key)
        : new LoopRun(this, journal, step, step.loop(), scope, key).run();
  }

  /// The truth of conditions, each recorded in the journal.
  JsonNode judged(String key, String name, List<String> conditions, boolean any, Scope scope)
      throws InterruptedException {
    var step =
        journal.perform(
            Step.intent(key, Effect.NONE, name, null),
            _ -> {
              var judged = judge(conditions, any, scope);
              var told = Json.object().put("step_id", name);
              told.setAll(judged);
              return new Journal.Acted(
                  Step.State.DONE,
                  judged,
                  null,
                  List.of(RunEvent.of("condition", told)),
                  List.of(),
                  "Going on");
            });
    return step.result() == null ? Json.object() : step.result();
  }

  private static ObjectNode judge(List<String> conditions, boolean any, Scope scope) {
    var judged = Json.object();
    var each = Json.array();
    var held = 0;
    for (var text : conditions) {
      var truth = truth(text, scope);
      var one = each.addObject().put("condition", text).put("held", truth.held());
      if (truth.reason() != null) {
        one.put("reason", truth.reason());
      }
      held += truth.held() ? 1 : 0;
    }
    judged.put("held", any ? held > 0 : held == conditions.size());
    return judged.set("conditions", each);
  }

  private static Condition.Truth truth(String text, Scope scope) {
    try {
      return Condition.parse(text).test(scope.names());
    } catch (MalformedCondition e) {
      return new Condition.Truth(false, e.getMessage());
    }
  }

  /// Which conditions did not hold.
  private static String says(JsonNode judged) {
    return judged.path("conditions").values().stream()
        .filter(one -> !one.path("held").asBoolean())
        .map(one ->
            one.path("condition").asString("")
                + " was false"
                + (one.has("reason") ? " (" + one.path("reason").asString("") + ")" : ""))
        .collect(Collectors.joining("; "));
  }

  /// What a step does, again where it failed and is to be repeated.
  StepEnd attempts(GraphStep step, Scope scope, String key) throws InterruptedException {
    for (var attempt = 1; ; attempt++) {
      var end = act(step, scope, attempt == 1 ? key : key + "/try/" + attempt);
      if (!(end instanceof StepEnd.Failed failed)
          || attempt > step.retries()
          || !failed.mayPass()) {
        return end;
      }
      var pause = pause(attempt);
      if (acts.pause(key + "/pause/" + attempt, step.id(), pause)
          instanceof StepEnd.Waiting waiting) {
        return waiting;
      }
    }
  }

  private static Duration pause(int attempt) {
    var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(attempt - 1, 10));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  private StepEnd act(GraphStep step, Scope scope, String key) throws InterruptedException {
    try {
      var parameters = References.fill(parameters(step.action()), scope.names());
      if (step.approval() == null) {
        return act(step, parameters, scope, key);
      }
      return switch (acts.approved(key, step, parameters, step.approval())) {
        case Decision.Waiting(var on) -> new StepEnd.Waiting(List.of(on));
        case Decision.Refused(var type, var message) -> new StepEnd.Failed(type, message);
        case Decision.Granted(var granted) -> act(step, granted, scope, key);
      };
    } catch (UnresolvedReference e) {
      return new StepEnd.Failed("reference_error", String.valueOf(e.getMessage()));
    }
  }

  private static JsonNode parameters(Action action) {
    return switch (action) {
      case Action.CallTool call -> call.parameters();
      case Action.RunAgent run -> run.parameters();
      case Action.RunWorkflow run -> run.parameters();
      case Action.Block _, Action.Pause _, Action.AwaitEvent _, Action.Nothing _ -> Json.object();
    };
  }

  private StepEnd act(GraphStep step, JsonNode parameters, Scope scope, String key)
      throws InterruptedException {
    try {
      return switch (step.action()) {
        case Action.Block(var steps) -> block(steps, scope, key);
        case Action.Nothing _ -> new StepEnd.Completed(parameters, Duration.ZERO);
        case Action.CallTool(var tool, var name, _) -> acts.call(key, step, tool, name, parameters);
        case Action.RunAgent(var agent, _) -> acts.agent(key, step, agent, parameters, scope);
        case Action.RunWorkflow(var workflow, _) -> acts.workflow(key, step, workflow, parameters);
        case Action.Pause(var seconds, var until) ->
            acts.pause(
                key,
                step.id(),
                seconds == null ? null : References.fill(seconds, scope.names()),
                until == null ? null : References.fill(until, scope.names()));
        case Action.AwaitEvent(var name) -> acts.event(key, step, name);
      };
    } catch (UnresolvedReference e) {
      return new StepEnd.Failed("reference_error", String.valueOf(e.getMessage()));
    }
  }

  private StepEnd block(List<GraphStep> steps, Scope scope, String key)
      throws InterruptedException {
    var level = level(steps, scope, key + "/");
    if (!level.waits().isEmpty()) {
      return waiting(level.waits());
    }
    var result = Json.object();
    var time = Duration.ZERO;
    for (var end : level.ends().entrySet()) {
      if (end.getValue() instanceof StepEnd.Completed(var value, var took)) {
        result.set(end.getKey(), value);
        time = time.plus(took);
      }
    }
    var failed = Results.failed(level.ends());
    return failed.isEmpty()
        ? new StepEnd.Completed(result, time)
        : new StepEnd.Failed("steps_failed", sentence(failed, level.ends()), result, time);
  }

  static String sentence(List<String> failed, Map<String, StepEnd> ends) {
    return failed.stream()
        .limit(5)
        .map(id ->
            "Step "
                + id
                + " failed: "
                + (ends.get(id) instanceof StepEnd.Failed one ? one.message() : ""))
        .collect(Collectors.joining("; "));
  }

  static StepEnd.Waiting waiting(List<StepEnd.Waiting> waits) {
    return new StepEnd.Waiting(waits.stream().flatMap(wait -> wait.on().stream()).toList());
  }

  /// A list that a loop goes over; null when it is none.
  static @Nullable ArrayNode items(JsonNode items, Scope scope) throws UnresolvedReference {
    return References.fill(items, scope.names()) instanceof ArrayNode list ? list : null;
  }
}
