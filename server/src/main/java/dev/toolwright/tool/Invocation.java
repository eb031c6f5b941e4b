package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// One attempt at a call, as a runner sees it: rights and arguments are checked.
///
/// @param context what the tool is told of its circumstances
/// @param timeout of this attempt
/// @param idempotencyKey the same at every attempt and repetition
/// @param log hears the tool's printed lines
/// @param progress null: nobody follows the call
/// @param waiting null: nobody who could wait calls; never null for a tool that [Tool#maySuspend]
public record Invocation(
    Caller caller,
    Tool tool,
    ObjectNode arguments,
    ObjectNode context,
    Duration timeout,
    String idempotencyKey,
    Consumer<String> log,
    @Nullable Consumer<Progress> progress,
    @Nullable Waiting waiting) {
  /// The same of another tool.
  public Invocation with(Tool other, Duration limit) {
    return new Invocation(
        caller, other, arguments, context, limit, idempotencyKey, log, progress, waiting);
  }

  /// Whose rules for requests hold: the caller's workspace, and the tool's if that is another.
  public Set<String> workspaces() {
    return caller.workspaceId().equals(tool.workspaceId())
        ? Set.of(tool.workspaceId())
        : Set.of(caller.workspaceId(), tool.workspaceId());
  }
}
