package dev.toolwright.workflow;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a workflow does, however it was spelled. Stored with the workflow, and pinned by each of
/// its runs.
///
/// @param steps in the order in which they were declared
/// @param output made of the results, with references; null: the result of the last step that
///   completed
/// @param oneMustRun whether it fails when no step ran because no condition held
public record Graph(List<GraphStep> steps, @Nullable JsonNode output, boolean oneMustRun) {
  /// Steps of a workflow, those inside others included.
  public static final int MOST_STEPS = 200;

  // Not compact: javac leaves the type annotations of a compact constructor's parameters out of
  // the class file, and then no other module may pass null.
  public Graph(List<GraphStep> steps, @Nullable JsonNode output, boolean oneMustRun) {
    this.steps = List.copyOf(steps);
    this.output = absent(output);
    this.oneMustRun = oneMustRun;
  }

  /// What was stored as null is read as a node of its own.
  static @Nullable JsonNode absent(@Nullable JsonNode node) {
    return node == null || node.isNull() ? null : node;
  }

  /// Its steps and all inside them.
  public List<GraphStep> all() {
    return steps.stream().flatMap(GraphStep::stream).toList();
  }
}
