package dev.toolwright.api.agents;

import static dev.toolwright.agent.JobView.time;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.agent.AgentRuns;
import dev.toolwright.agent.EndWebhook;
import dev.toolwright.agent.Execution;
import dev.toolwright.agent.JobView;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Route;
import dev.toolwright.api.web.RouteDoc;
import dev.toolwright.api.web.Sse;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunEvent;
import dev.toolwright.run.RunState;
import dev.toolwright.run.Runs;
import dev.toolwright.run.Wait;
import dev.toolwright.workflow.WorkflowJobs;
import dev.toolwright.workflow.WorkflowRuns;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/// `/agents/execute`, `/agents/status/…` and `/jobs/…`: agents at work.
public final class JobRoutes {
  private static final Access AGENTS = Access.group("agents");
  private static final String STARTED = "Agent execution started";
  private static final int MAX_WAIT_SECONDS = 60;
  private static final int MAX_MESSAGE = 200_000;
  private static final Map<String, RunState> STATES =
      Map.of(
          "queued", RunState.READY,
          "processing", RunState.RUNNING,
          "waiting", RunState.WAITING,
          "completed", RunState.COMPLETED,
          "failed", RunState.FAILED,
          "cancelled", RunState.CANCELLED);

  private final Runs runs;
  private final AgentRuns agentRuns;
  private final WorkflowRuns workflowRuns;
  private final WorkflowJobs workflowJobs;
  private final InstantSource clock;

  public JobRoutes(
      Runs runs,
      AgentRuns agentRuns,
      WorkflowRuns workflowRuns,
      WorkflowJobs workflowJobs,
      InstantSource clock) {
    this.runs = runs;
    this.agentRuns = agentRuns;
    this.workflowRuns = workflowRuns;
    this.workflowJobs = workflowJobs;
    this.clock = clock;
  }

  public List<Route> routes() {
    var job = "/agents/status/{job_id}";
    return List.of(
        Route.of(
                "POST",
                "/agents/execute",
                AGENTS,
                Role.MEMBER,
                "Give an agent a task (5 credits)",
                this::execute)
            // Its answer is kept in the transaction of the submit: without one nothing happened.
            .with(Route.Trait.REPLAYABLE)
            .doc(
                RouteDoc.NONE.request(
                    Bodies.schema(
                        "agent_id",
                        "message",
                        "thread_id",
                        "tools",
                        "context",
                        "webhook_url",
                        "webhook_secret",
                        "max_steps",
                        "timeout_seconds",
                        "priority"),
                    Json.object()
                        .put("agent_id", "asst_…")
                        .put(
                            "message",
                            "Greet Ada.\nCALL greet {\"name\": \"Ada\"}\n---\nSAY <<last_tool_result>>"))),
        Route.of(
                "GET",
                job,
                AGENTS,
                Role.VIEWER,
                "What a job is doing, or what came of it",
                this::status)
            .doc(RouteDoc.NONE.query("wait", "seconds to wait for its end, at most 60")),
        Route.of(
                "GET",
                job + "/events",
                AGENTS,
                Role.VIEWER,
                "Every step of a job as it happens",
                this::events)
            .with(Route.Trait.STREAMS)
            .doc(
                RouteDoc.NONE
                    .description(
                        "Server-Sent Events; send Last-Event-ID to go on after an interruption."
                            + " `delta` is what the model is saying: it has no id and is not"
                            + " repeated.")
                    .type("text/event-stream")),
        Route.of("POST", job + "/cancel", AGENTS, Role.MEMBER, "Stop a job", this::cancel),
        Route.of(
                "POST", job + "/retry", AGENTS, Role.MEMBER, "Go on with a failed job", this::retry)
            .with(Route.Trait.REPLAYABLE),
        Route.of(
                "POST",
                job + "/resolve",
                AGENTS,
                Role.MEMBER,
                "Say what became of a step",
                this::resolve)
            .doc(
                RouteDoc.NONE.request(
                    Bodies.schema("action", "result", "step"),
                    Json.object().put("action", "repeat"))),
        Route.of(
                "GET",
                "/jobs/status/recent",
                Access.group("jobs"),
                Role.VIEWER,
                "Your newest jobs",
                this::recent)
            .doc(
                RouteDoc.NONE
                    .query("status", "only jobs with this status")
                    .query("reason", "only jobs that wait for this, such as no progress")
                    .query("all", "true: everybody's, for admins")
                    .query("limit", "at most 100")));
  }

  private void execute(Exchange exchange) {
    var in = Fields.of(exchange.body());
    var seconds = in.integer("timeout_seconds", 1, 604_800);
    var execution =
        new Execution(
            in.requiredText("agent_id", 1, 100),
            in.requiredText("message", 1, MAX_MESSAGE),
            in.text("thread_id", 100),
            in.texts("tools", 128, 100),
            Objects.requireNonNullElseGet(in.object("context"), Json::object),
            EndWebhook.read(in),
            in.integer("max_steps", 1, 100, 20),
            seconds == null ? null : Duration.ofSeconds(seconds),
            Priority.read(in));
    in.finish();
    var runId =
        agentRuns.execute(
            exchange.caller(),
            execution,
            (tx, id) -> exchange.idempotent(tx, 200, started(Ids.as("job", id), STARTED)));
    exchange.json(200, started(Ids.as("job", runId), STARTED));
  }

  static ObjectNode started(String jobId, String message) {
    return Json.object()
        .put("response", "200")
        .put("job_id", jobId)
        .put("message", message)
        .put("status_url", "/agents/status/" + jobId)
        .put("model", "agent_execution")
        .put("prompt_tokens", 0)
        .put("completion_tokens", 0)
        .put("total_tokens", 0);
  }

  private void status(Exchange exchange) throws InterruptedException {
    var run = job(exchange);
    var wait = exchange.intQuery("wait", 0, 0, MAX_WAIT_SECONDS);
    exchange.json(200, shown(wait == 0 ? run : runs.await(run, Duration.ofSeconds(wait))));
  }

  private ObjectNode shown(Run run) {
    var ended = run.state().hasEnded() ? runs.data(run) : null;
    var now = clock.instant();
    var shown =
        JobView.of(
            run,
            ended == null ? null : ended.result(),
            ended == null ? null : ended.error(),
            runs.openWaits(run),
            now);
    if (WorkflowJobs.isOne(run)) {
      var progress = workflowJobs.progress(run);
      shown
          .put("estimated_remaining", workflowJobs.remainingSeconds(run, now))
          .set(
              "progress",
              Json.object()
                  .put("step", progress.done())
                  .put("steps", progress.steps())
                  .put("current", run.current()));
      return shown;
    }
    return shown.put("estimated_remaining", agentRuns.remainingSeconds(run, now));
  }

  /// The caller's own job; an admin's are all of the workspace.
  private Run job(Exchange exchange) {
    var caller = exchange.caller();
    var id = exchange.path("job_id");
    if (!id.matches("(job|run)_[0-9a-f]{24}")) {
      throw Problem.notFound("Job", id);
    }
    return runs.find(caller.workspaceId(), Ids.as("run", id))
        .filter(run -> mayChange(caller, run))
        .orElseThrow(() -> Problem.notFound("Job", id));
  }

  private static boolean mayChange(Caller caller, Run run) {
    return run.userId().equals(caller.userId()) || caller.isAdmin();
  }

  private void events(Exchange exchange) throws InterruptedException {
    var run = job(exchange);
    var after = lastEvent(exchange);
    var stream = exchange.sse();
    runs.follow(run, after, new Follower(stream));
  }

  /// Hands a job's events to a client.
  private static final class Follower implements Runs.EventReader {
    private final Sse stream;

    /// The newest turn whose answer is stored.
    private int answered;

    Follower(Sse stream) {
      this.stream = stream;
    }

    @Override
    public boolean read(List<RunEvent> events) {
      if (events.isEmpty()) {
        stream.comment();
      }
      for (var event : events) {
        var step = event.data().path("step").asInt(0);
        if (event.isStored()) {
          stream.event(String.valueOf(event.seq()), event.type(), event.data());
          answered = event.type().equals("step") ? Math.max(answered, step) : answered;
        } else if (step == 0 || step > answered) {
          // Without id: a client that resumes goes on after the last stored one.
          stream.event(null, event.type(), event.data());
        }
      }
      return !stream.closed();
    }

    @Override
    public boolean gone() {
      return stream.closed();
    }
  }

  private static long lastEvent(Exchange exchange) {
    var last = exchange.header("Last-Event-ID");
    if (last == null || last.isBlank()) {
      return 0;
    }
    try {
      return Long.parseLong(last.strip());
    } catch (NumberFormatException _) {
      throw Problem.invalid("Last-Event-ID must be the number of an event");
    }
  }

  private void cancel(Exchange exchange) {
    exchange.json(200, shown(runs.cancel(job(exchange))));
  }

  private void retry(Exchange exchange) {
    var run = job(exchange);
    var again =
        WorkflowJobs.isOne(run)
            ? workflowRuns.retry(
                exchange.caller(), run, (tx, now) -> exchange.idempotent(tx, 200, shown(now)))
            : agentRuns.retry(
                exchange.caller(), run, (tx, now) -> exchange.idempotent(tx, 200, shown(now)));
    exchange.json(200, shown(again));
  }

  private void resolve(Exchange exchange) {
    var run = job(exchange);
    var in = Fields.of(exchange.body());
    var action = in.choice("action", Runs.ACTIONS.keySet().stream().sorted().toList());
    if (!in.has("action")) {
      in.fault("action", "is required");
    }
    var result = in.any("result");
    var step = in.text("step", 200);
    in.finish();
    exchange.json(
        200,
        shown(runs.resolve(run, step, String.valueOf(action), result, exchange.caller().userId())));
  }

  private void recent(Exchange exchange) {
    var caller = exchange.caller();
    var status = exchange.query("status");
    if (status != null && !STATES.containsKey(status)) {
      throw Problem.invalid(
          "status must be one of " + String.join(", ", STATES.keySet().stream().sorted().toList()));
    }
    var reason = exchange.query("reason");
    if (reason != null && !Wait.REASONS.contains(reason)) {
      throw Problem.invalid("reason must be one of " + String.join(", ", Wait.REASONS));
    }
    var all = exchange.flag("all", false);
    if (all) {
      caller.require(Role.ADMIN);
    }
    var limit = exchange.intQuery("limit", 50, 1, 100);
    var page = exchange.intQuery("page", 1, 1, 1_000_000);
    var found =
        runs.recent(
            caller.workspaceId(),
            all ? null : caller.userId(),
            status == null ? null : STATES.get(status),
            reason,
            limit,
            (page - 1) * limit);
    var answer = Json.object().put("response", "200");
    var jobs = answer.putArray("jobs");
    for (var one : found) {
      var run = one.run();
      jobs.addObject()
          .put("id", JobView.jobId(run))
          .put("job_id", JobView.jobId(run))
          .put("kind", run.kind())
          .put("status", run.state().shown())
          .put("current", run.current())
          .put("error_message", one.error())
          .put("created_at", time(run.createdAt()))
          .put("completed_at", time(run.endedAt()));
    }
    exchange.json(200, answer.put("count", found.size()));
  }
}
