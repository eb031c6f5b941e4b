package dev.toolwright.workflow;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a step does.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Action.CallTool.class, name = "tool"),
  @JsonSubTypes.Type(value = Action.RunAgent.class, name = "agent"),
  @JsonSubTypes.Type(value = Action.RunWorkflow.class, name = "workflow"),
  @JsonSubTypes.Type(value = Action.Block.class, name = "block"),
  @JsonSubTypes.Type(value = Action.Pause.class, name = "pause"),
  @JsonSubTypes.Type(value = Action.AwaitEvent.class, name = "event"),
  @JsonSubTypes.Type(value = Action.Nothing.class, name = "nothing")
})
public sealed interface Action {
  /// @param tool its id
  /// @param name what it was called when the workflow was saved
  /// @param parameters an object with references, or a reference to one
  record CallTool(String tool, String name, JsonNode parameters) implements Action {}

  /// @param parameters `message`, and perhaps `context`, `tools`, `max_steps`; with references
  record RunAgent(String agent, ObjectNode parameters) implements Action {}

  /// @param parameters the other workflow's input, with references
  record RunWorkflow(String workflow, ObjectNode parameters) implements Action {}

  /// Steps inside a step.
  record Block(List<GraphStep> steps) implements Action {
    public Block {
      steps = List.copyOf(steps);
    }
  }

  /// Waits for a time.
  ///
  /// @param seconds or a reference to them; null: until a time
  /// @param until an instant, or a reference to one; null: for some seconds
  record Pause(@Nullable JsonNode seconds, @Nullable JsonNode until) implements Action {
    public Pause(@Nullable JsonNode seconds, @Nullable JsonNode until) {
      this.seconds = Graph.absent(seconds);
      this.until = Graph.absent(until);
    }
  }

  /// Waits until somebody tells the run an event of this name; the step's result is what comes with
  /// it.
  record AwaitEvent(String name) implements Action {}

  /// Stands for its condition or approval alone.
  record Nothing() implements Action {}
}
