package dev.toolwright.workflow;

import dev.toolwright.approval.ApprovalRule;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A step of a [Graph]. It starts when the steps that it depends on have ended.
///
/// @param id unique in the workflow: letters, digits, `_` and `-`
/// @param type as it was declared; `sequential` steps never overlap each other
/// @param title for people: the role of an agent; else the id
/// @param dependencies ids of steps beside it
/// @param when null: always
/// @param loop null: once
/// @param timeoutSeconds of each attempt; null: as long as what it does may take
/// @param retries how often a failed attempt is repeated, where repeating does no harm
/// @param fatal whether its failure ends the workflow
/// @param approval who has to approve it first, each time that it is done; null: nobody
public record GraphStep(
    String id,
    Type type,
    String title,
    Action action,
    List<String> dependencies,
    @Nullable When when,
    @Nullable Loop loop,
    @Nullable Integer timeoutSeconds,
    int retries,
    boolean fatal,
    @Nullable ApprovalRule approval) {
  public enum Type {
    SEQUENTIAL,
    PARALLEL,
    CONDITIONAL,
    LOOP
  }

  /// When a step runs.
  ///
  /// @param conditions in CEL
  /// @param any whether one of them is enough
  /// @param otherwise ids of steps beside it of which none may have run
  public record When(List<String> conditions, boolean any, List<String> otherwise) {
    public When {
      conditions = List.copyOf(conditions);
      otherwise = List.copyOf(otherwise);
    }
  }

  /// Repeats a step.
  ///
  /// @param items a list, or a reference to one; null: as long as `condition` holds
  /// @param condition in CEL; null: for each of `items`
  /// @param most iterations
  /// @param concurrency iterations at once; those of a condition go one after the other
  /// @param goesOn whether the step completes although iterations failed
  public record Loop(
      @Nullable JsonNode items,
      @Nullable String condition,
      int most,
      int concurrency,
      boolean goesOn) {
    public Loop(
        @Nullable JsonNode items,
        @Nullable String condition,
        int most,
        int concurrency,
        boolean goesOn) {
      this.items = Graph.absent(items);
      this.condition = condition;
      this.most = most;
      this.concurrency = concurrency;
      this.goesOn = goesOn;
    }
  }

  /// It and the steps inside it.
  Stream<GraphStep> stream() {
    return action instanceof Action.Block(var steps)
        ? Stream.concat(Stream.of(this), steps.stream().flatMap(GraphStep::stream))
        : Stream.of(this);
  }
}
