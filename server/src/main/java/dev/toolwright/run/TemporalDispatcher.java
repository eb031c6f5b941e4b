package dev.toolwright.run;

import dev.toolwright.config.SettingsFault;
import dev.toolwright.database.Database;
import io.temporal.activity.Activity;
import io.temporal.activity.ActivityExecutionContext;
import io.temporal.client.ActivityCompletionException;
import io.temporal.client.BatchRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import io.temporal.worker.WorkerOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Has Temporal say which node works on which run. A [RunWorkflow] drives each; the journal, its
/// fences and the beats of nodes are the same as ever, so Temporal may lose or repeat what it
/// likes: what it is told comes from the runs that the database says are ready.
final class TemporalDispatcher implements Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(TemporalDispatcher.class);

  /// A node that was asked what comes next and went away is waited for so long.
  private static final Duration DECIDED_WITHIN = Duration.ofSeconds(2);

  private static final int TOLD_AT_ONCE = 500;

  /// A run that is still ready is told of again after this time.
  private static final long TOLD_FOR = Duration.ofSeconds(30).toNanos();

  private final Database database;
  private final RunNode node;
  private final List<String> programs;
  private final String installation;
  private final WorkflowServiceStubs service;
  private final WorkflowClient client;

  /// Say what comes next in a workflow, until this node closes.
  private final WorkerFactory deciders;

  /// Work, until it drains.
  private final WorkerFactory workers;

  private final ClaimStore claims = new ClaimStore();
  private final RunStore runs = new RunStore();
  private final Semaphore hints = new Semaphore(0);
  private final Set<ActivityExecutionContext> working = ConcurrentHashMap.newKeySet();
  private final Thread tell = Thread.ofVirtual().name("temporal-tell").unstarted(this::tell);
  private final Thread beat = Thread.ofVirtual().name("temporal-beat").unstarted(this::beat);

  /// When this node told of a ready run, by its id and state.
  private final Map<ClaimStore.Ready, Long> told = new HashMap<>();

  TemporalDispatcher(
      Database database, RunNode node, List<String> programs, int slots, Temporal temporal) {
    this.database = database;
    this.node = node;
    this.programs = programs;
    installation = database.identity();
    service = connected(temporal);
    client =
        WorkflowClient.newInstance(
            service,
            WorkflowClientOptions.newBuilder()
                .setNamespace(temporal.namespace())
                .setIdentity(node.id())
                .build());
    // Nothing is kept of a workflow between its turns: its history is short, and no node is waited
    // for because it had it last.
    var options = WorkerFactoryOptions.newBuilder().setWorkflowCacheSize(0).build();
    deciders = WorkerFactory.newInstance(client, options);
    workers = WorkerFactory.newInstance(client, options);
    var each =
        WorkerOptions.newBuilder()
            .setMaxConcurrentActivityExecutionSize(slots)
            .setUsingVirtualThreadsOnActivityWorker(true)
            .setMaxHeartbeatThrottleInterval(RunNode.TICK)
            .build();
    for (var program : programs) {
      deciders
          .newWorker(queue(program))
          .registerWorkflowImplementationTypes(RunWorkflow.Driven.class);
      workers
          .newWorker(queue(program), each)
          .registerActivitiesImplementations((RunWorkflow.Work) this::work);
    }
  }

  /// A node is given what it can work on, and nothing of another database.
  private String queue(String program) {
    return "toolwright/" + installation + "/" + program;
  }

  private static WorkflowServiceStubs connected(Temporal temporal) {
    try {
      return WorkflowServiceStubs.newConnectedServiceStubs(
          WorkflowServiceStubsOptions.newBuilder().setTarget(temporal.address()).build(),
          temporal.patience());
    } catch (RuntimeException e) {
      LOG.debug("Temporal is not to be reached", e);
      throw new SettingsFault(
          List.of("Temporal does not answer at " + temporal.address() + " (temporal-address)"));
    }
  }

  @Override
  public void start() {
    node.start(hints::release);
    deciders.start();
    workers.start();
    tell.start();
    beat.start();
  }

  @Override
  public boolean isAlive() {
    return node.isAlive();
  }

  /// Tells Temporal of the runs that are ready.
  private void tell() {
    var fails = false;
    try {
      while (true) {
        hints.tryAcquire(RunNode.TICK.toMillis(), TimeUnit.MILLISECONDS);
        hints.drainPermits();
        try {
          database.direct(tx -> claims.ready(tx, programs, TOLD_AT_ONCE)).forEach(this::tell);
          fails = false;
        } catch (RuntimeException e) {
          LOG.atLevel(fails ? Level.DEBUG : Level.WARN)
              .log("Temporal is told of jobs later: {}", e.getClass().getSimpleName());
          fails = true;
          TimeUnit.NANOSECONDS.sleep(RunNode.TICK.toNanos());
        }
        var now = System.nanoTime();
        told.values().removeIf(when -> now - when > TOLD_FOR);
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  private void tell(ClaimStore.Ready run) {
    if (told.containsKey(run)) {
      return;
    }
    var workflow =
        client.newWorkflowStub(
            RunWorkflow.class,
            WorkflowOptions.newBuilder()
                .setTaskQueue(queue(run.program()))
                .setWorkflowId(installation + "/" + run.id())
                .setWorkflowTaskTimeout(DECIDED_WITHIN)
                .build());
    BatchRequest both = client.newSignalWithStartRequest();
    both.add(workflow::drive, run.workspaceId(), run.id());
    both.add(workflow::wake);
    client.signalWithStart(both);
    told.put(run, System.nanoTime());
  }

  /// Has Temporal know that this node is there. Whether the node may act is told by its own beat.
  private void beat() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(RunNode.TICK.toNanos());
        working.forEach(TemporalDispatcher::beat);
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  private static void beat(ActivityExecutionContext context) {
    try {
      context.heartbeat(null);
    } catch (ActivityCompletionException e) {
      LOG.debug("Temporal wants to hear no more of it: {}", e.getClass().getSimpleName());
    } catch (RuntimeException e) {
      LOG.debug("Temporal did not hear the beat of a job", e);
    }
  }

  private RunWorkflow.Turn work(String workspaceId, String runId) {
    if (node.isDraining() || !node.isAlive()) {
      return RunWorkflow.Turn.LATER;
    }
    var context = Activity.getExecutionContext();
    working.add(context);
    try {
      var run = claimed(workspaceId, runId);
      if (run == null) {
        return turn(workspaceId, runId, RunWorkflow.Turn.LATER);
      }
      node.work(node.hold(run), null);
      return turn(workspaceId, runId, RunWorkflow.Turn.RELEASED);
    } finally {
      working.remove(context);
    }
  }

  /// Takes a slot and the run. Null: it may not be worked on, and no slot is taken.
  private @Nullable Run claimed(String workspaceId, String runId) {
    // Programs share the slots.
    node.slots().acquireUninterruptibly();
    Run run = null;
    try {
      run =
          database
              .direct(tx -> claims.claim(tx, node.id(), programs, workspaceId, runId))
              .orElse(null);
      return run;
    } finally {
      if (run == null) {
        node.slots().release();
      }
    }
  }

  /// @param otherwise what it is while it can be worked on
  private RunWorkflow.Turn turn(String workspaceId, String runId, RunWorkflow.Turn otherwise) {
    var state = database.direct(tx -> runs.find(tx, workspaceId, runId)).map(Run::state);
    return switch (state.orElse(RunState.COMPLETED)) {
      case COMPLETED, FAILED, CANCELLED -> RunWorkflow.Turn.ENDED;
      case WAITING -> RunWorkflow.Turn.WAITS;
      case READY, RUNNING -> otherwise;
    };
  }

  @Override
  public void drain(Duration grace) {
    tell.interrupt();
    // Not shut down yet: what Temporal has given this node by now would be lost for a while. And
    // somebody has to say what comes next, so that others go on at once.
    workers.suspendPolling();
    node.drain(grace);
  }

  @Override
  public void close() {
    tell.interrupt();
    beat.interrupt();
    workers.shutdownNow();
    deciders.shutdownNow();
    node.close();
    service.shutdownNow();
  }
}
