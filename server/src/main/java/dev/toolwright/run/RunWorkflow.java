package dev.toolwright.run;

import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityMethod;
import io.temporal.activity.ActivityOptions;
import io.temporal.common.RetryOptions;
import io.temporal.workflow.SignalMethod;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;

/// Drives one run in Temporal: has a node work on it, and again whenever it is ready. What the run
/// does is in its journal; only its ids are known here.
///
/// Public because Temporal wants it so.
@WorkflowInterface
public interface RunWorkflow {
  @WorkflowMethod(name = "toolwright-run")
  void drive(String workspaceId, String runId);

  /// The run is ready.
  @SignalMethod
  void wake();

  /// What became of a run that a node was given.
  enum Turn {
    ENDED,
    /// It goes on when it is woken.
    WAITS,
    /// No node may work on it just now: its workspace runs as many as it may, an earlier one of its
    /// thread goes first, or another node has it.
    LATER,
    /// Its node stops.
    RELEASED
  }

  /// A node's part.
  @ActivityInterface
  interface Work {
    @ActivityMethod(name = "toolwright-work")
    Turn work(String workspaceId, String runId);
  }

  /// The only implementation.
  final class Driven implements RunWorkflow {
    /// A history is not to grow for ever.
    private static final int MOST_TURNS = 1_000;

    private static final Duration LATER = Duration.ofSeconds(1);

    private final Work node =
        Workflow.newActivityStub(
            Work.class,
            ActivityOptions.newBuilder()
                .setStartToCloseTimeout(Duration.ofDays(365))
                .setHeartbeatTimeout(Duration.ofSeconds(5))
                .setRetryOptions(
                    RetryOptions.newBuilder()
                        .setInitialInterval(Duration.ofMillis(200))
                        .setMaximumInterval(Duration.ofSeconds(5))
                        .build())
                .build());

    private boolean woken;

    @Override
    public void drive(String workspaceId, String runId) {
      for (var turns = 0; turns < MOST_TURNS; turns++) {
        woken = false;
        switch (node.work(workspaceId, runId)) {
          case ENDED -> {
            if (!woken) {
              return;
            }
          }
          case WAITS -> Workflow.await(() -> woken);
          case LATER -> Workflow.await(LATER, () -> woken);
          case RELEASED -> {}
        }
      }
      Workflow.continueAsNew(workspaceId, runId);
    }

    @Override
    public void wake() {
      woken = true;
    }
  }
}
