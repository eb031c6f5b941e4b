package dev.toolwright.workflow;

import dev.toolwright.expression.UnresolvedReference;
import dev.toolwright.json.Json;
import dev.toolwright.run.Journal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.NullNode;

/// The iterations of a step. Its result is the list of theirs, in order, null where one failed.
final class LoopRun {
  private final GraphRun graph;
  private final Journal journal;
  private final GraphStep step;
  private final GraphStep.Loop loop;
  private final Scope scope;
  private final String key;

  LoopRun(
      GraphRun graph,
      Journal journal,
      GraphStep step,
      GraphStep.Loop loop,
      Scope scope,
      String key) {
    this.graph = graph;
    this.journal = journal;
    this.step = step;
    this.loop = loop;
    this.scope = scope;
    this.key = key;
  }

  StepEnd run() throws InterruptedException {
    if (loop.items() == null) {
      return whileHolds(String.valueOf(loop.condition()));
    }
    try {
      var items = GraphRun.items(loop.items(), scope);
      if (items == null) {
        return new StepEnd.Failed("validation_error", "What the loop goes over is no list");
      }
      return items.size() > loop.most()
          ? new StepEnd.Failed(
              "validation_error",
              "The loop has " + items.size() + " items; at most " + loop.most() + " are allowed")
          : each(items);
    } catch (UnresolvedReference e) {
      return new StepEnd.Failed("reference_error", String.valueOf(e.getMessage()));
    }
  }

  private StepEnd each(ArrayNode items) throws InterruptedException {
    var next = new int[1];
    var scheduler =
        new Scheduler((ends, active) -> {
          var ready = new ArrayList<Scheduler.Task>();
          while (next[0] < items.size()
              && active.size() + ready.size() < loop.concurrency()
              && !hasFailed(ends)) {
            var index = next[0]++;
            ready.add(
                new Scheduler.Task(
                    String.valueOf(index), () -> iteration(index, items.get(index), null)));
          }
          return ready;
        });
    var ends = scheduler.run();
    return scheduler.waits().isEmpty() || hasFailed(ends)
        ? ended(items.size(), ends)
        : GraphRun.waiting(scheduler.waits());
  }

  private boolean hasFailed(Map<String, StepEnd> ends) {
    return !loop.goesOn() && ends.values().stream().anyMatch(StepEnd.Failed.class::isInstance);
  }

  private StepEnd iteration(int index, JsonNode item, @Nullable JsonNode previous)
      throws InterruptedException {
    journal.goOn();
    var inside = scope.with("index", IntNode.valueOf(index)).with("item", item);
    return graph.attempts(
        step, previous == null ? inside : inside.with("previous", previous), key(index));
  }

  private String key(int index) {
    return key + "[" + index + "]";
  }

  private StepEnd whileHolds(String condition) throws InterruptedException {
    var ends = new LinkedHashMap<String, StepEnd>();
    JsonNode previous = NullNode.getInstance();
    for (var index = 0; ; index++) {
      var inside = scope.with("index", IntNode.valueOf(index)).with("previous", previous);
      var judged = graph.judged(key(index) + "/if", step.id(), List.of(condition), false, inside);
      if (!judged.path("held").asBoolean()) {
        return ended(index, ends);
      }
      if (index == loop.most()) {
        return new StepEnd.Failed(
            "iteration_limit",
            "The condition still held after " + loop.most() + " iterations",
            results(index, ends),
            time(ends));
      }
      var end = iteration(index, NullNode.getInstance(), previous);
      if (end instanceof StepEnd.Waiting) {
        return end;
      }
      ends.put(String.valueOf(index), end);
      if (end instanceof StepEnd.Completed(var result, _)) {
        previous = result;
      } else if (hasFailed(ends)) {
        return ended(index + 1, ends);
      }
    }
  }

  private StepEnd ended(int count, Map<String, StepEnd> ends) {
    var failed = Results.failed(ends);
    return failed.isEmpty() || (loop.goesOn() && failed.size() < count)
        ? new StepEnd.Completed(results(count, ends), time(ends))
        : new StepEnd.Failed(
            "iterations_failed",
            failed.size() + " of " + count + " iterations failed; the first: " + first(ends),
            results(count, ends),
            time(ends));
  }

  private static String first(Map<String, StepEnd> ends) {
    return ends.values().stream()
        .filter(StepEnd.Failed.class::isInstance)
        .map(end -> ((StepEnd.Failed) end).message())
        .findFirst()
        .orElse("");
  }

  private static ArrayNode results(int count, Map<String, StepEnd> ends) {
    var results = Json.array();
    for (var index = 0; index < count; index++) {
      results.add(
          ends.get(String.valueOf(index)) instanceof StepEnd.Completed(var result, _)
              ? result
              : NullNode.getInstance());
    }
    return results;
  }

  private static Duration time(Map<String, StepEnd> ends) {
    return ends.values().stream()
        .map(end ->
            switch (end) {
              case StepEnd.Completed completed -> completed.time();
              case StepEnd.Failed failed -> failed.time();
              case StepEnd.Skipped _, StepEnd.Waiting _ -> Duration.ZERO;
            })
        .reduce(Duration.ZERO, Duration::plus);
  }
}
