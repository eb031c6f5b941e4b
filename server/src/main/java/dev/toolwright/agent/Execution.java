package dev.toolwright.agent;

import dev.toolwright.run.Priority;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What somebody asks an agent to do.
///
/// @param threadId null: a new thread
/// @param tools null: the agent's own; otherwise these instead, by name or id
/// @param context free-form, shown to the model and the tools
/// @param webhook null: nobody is told of the end
/// @param maxSteps 1 to 100 turns of the model
/// @param timeout of the whole job; null: 24 hours
/// @param priority among the jobs of the workspace
public record Execution(
    String agentId,
    String message,
    @Nullable String threadId,
    @Nullable List<String> tools,
    ObjectNode context,
    @Nullable EndWebhook webhook,
    int maxSteps,
    @Nullable Duration timeout,
    Priority priority) {
  @Override
  public String toString() {
    return "execution of " + agentId;
  }
}
