package dev.toolwright.agent;

import dev.toolwright.credit.Credits;
import dev.toolwright.database.Tx;
import dev.toolwright.model.ChatMessage;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunData;
import dev.toolwright.run.RunListener;
import dev.toolwright.run.RunState;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What follows from the end of an agent's run, in the transaction that ends it: a job in which a
/// model or a tool has worked is charged, one in which none has is refunded, and what was said
/// joins the thread.
public final class AgentRunListener implements RunListener {
  private final Credits credits;
  private final ThreadStore threads = new ThreadStore();

  public AgentRunListener(Credits credits) {
    this.credits = credits;
  }

  /// The cause under which an attempt of a run is charged.
  static String cause(String runId, int attempt) {
    return attempt == 1 ? runId : runId + "/attempt/" + attempt;
  }

  @Override
  public void ended(
      Tx tx, Run run, RunData data, @Nullable JsonNode result, @Nullable JsonNode error) {
    if (!run.program().equals(AgentProgram.NAME)) {
      return;
    }
    var cause = cause(run.id(), run.attempt());
    if (run.state() == RunState.COMPLETED || run.stepsDone() > 0) {
      credits.settle(tx, run.workspaceId(), cause);
    } else {
      credits.refund(tx, run.workspaceId(), cause);
    }
    if (run.state() == RunState.COMPLETED && result != null) {
      threads.append(
          tx,
          run.workspaceId(),
          data.input().path("thread_id").asString(""),
          run.id(),
          List.of(
              new ChatMessage.User(data.input().path("message").asString("")),
              new ChatMessage.Assistant(result.path("response").asString(""), List.of())));
    }
  }
}
