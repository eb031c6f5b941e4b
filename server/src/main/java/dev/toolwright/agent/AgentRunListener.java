package dev.toolwright.agent;

import dev.toolwright.credit.Credits;
import dev.toolwright.database.Tx;
import dev.toolwright.model.ChatMessage;
import dev.toolwright.run.RunListener;
import dev.toolwright.run.RunState;
import java.util.ArrayList;
import java.util.List;

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
  public void ended(Tx tx, List<Ended> runs) {
    var ours = runs.stream().filter(AgentRunListener::isAgents).toList();
    var said = new ArrayList<ThreadStore.Said>();
    for (var one : ours) {
      var result = one.result();
      if (one.run().state() == RunState.COMPLETED && result != null) {
        var asked = one.data().input();
        said.add(
            new ThreadStore.Said(
                one.run().workspaceId(),
                asked.path("thread_id").asString(""),
                one.run().id(),
                List.of(
                    new ChatMessage.User(asked.path("message").asString("")),
                    new ChatMessage.Assistant(result.path("response").asString(""), List.of()))));
      }
    }
    if (!said.isEmpty()) {
      threads.append(tx, said);
    }
    // Last, because it locks what everybody pays from.
    credits.close(tx, ours.stream().map(AgentRunListener::closing).toList());
  }

  private static boolean isAgents(Ended ended) {
    return ended.run().program().equals(AgentProgram.NAME);
  }

  private static Credits.Closing closing(Ended ended) {
    var run = ended.run();
    return new Credits.Closing(
        run.workspaceId(),
        cause(run.id(), run.attempt()),
        run.state() == RunState.COMPLETED || run.stepsDone() > 0);
  }
}
