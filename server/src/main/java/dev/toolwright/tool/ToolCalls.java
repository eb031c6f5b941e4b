package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.artifact.Artifacts;
import dev.toolwright.config.Failpoint;
import dev.toolwright.credit.Credits;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import dev.toolwright.json.SchemaExample;
import dev.toolwright.json.Schemas;
import dev.toolwright.run.Answer;
import dev.toolwright.run.Callbacks;
import dev.toolwright.run.Children;
import dev.toolwright.run.Effect;
import dev.toolwright.run.Step;
import dev.toolwright.vault.Vault;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// The one path of every tool call, whatever door it comes through: arguments, price, runner with
/// deadline and retries, record. A door that calls a runner itself is a hole.
public final class ToolCalls {
  private static final Logger LOG = LoggerFactory.getLogger(ToolCalls.class);

  private final Tools tools;
  private final Schemas schemas;
  private final Admission admission;
  private final Artifacts artifacts;
  private final CallLog log;
  private final Callbacks callbacks;
  private final Children children;
  private final Vault vault;

  public ToolCalls(
      Database database,
      Notices notices,
      Tools tools,
      Schemas schemas,
      Credits credits,
      Artifacts artifacts,
      CallLog log,
      Callbacks callbacks,
      Children children,
      Vault vault) {
    this.tools = tools;
    this.schemas = schemas;
    this.admission = new Admission(database, notices, credits);
    this.artifacts = artifacts;
    this.log = log;
    this.callbacks = callbacks;
    this.children = children;
    this.vault = vault;
  }

  /// Calls a tool that the caller may use; [Tools] gave it. Returns when the record is stored; that
  /// of a call in a run is given to the run, which stores it with the step, and that of a suspended
  /// call is made when [#resume] ends it.
  ///
  /// @param context of a run when the tool may suspend: see [ToolRuns]
  /// @throws InterruptedException when the caller gave up; the tool is stopped then
  /// @throws dev.toolwright.http.Problem 402 without enough credits, 503 when the record cannot be
  ///   stored
  public CallResult call(Caller caller, Tool tool, ObjectNode arguments, CallContext context)
      throws InterruptedException {
    var started = System.nanoTime();
    var fitted = Arguments.fit(tool.content().parametersSchema(), arguments);
    var refused = refused(caller, tool, fitted);
    if (refused == null && tool.needsApproval() && !context.approved()) {
      refused = new Outcome.Denied("A person has to approve each call of this tool first");
    }
    if (refused != null) {
      return refused(caller, tool, arguments, context, refused);
    }
    var due = admission.admit(caller, context);
    if (tool.content().behavior().effect() == Effect.ONCE && !context.inRun()) {
      log.record(CallRecord.intent(caller, tool, fitted, context));
    }
    Attempts attempts;
    try {
      attempts = fitting(tool, attempt(caller, tool, fitted, context));
    } catch (InterruptedException e) {
      if (!context.inRun()) {
        var givenUp = new Attempts(givenUp(tool, fitted), List.of(), 1);
        var spent = Duration.ofNanos(System.nanoTime() - started);
        ended(caller, Called.of(tool), fitted, context, due, spent, givenUp);
      }
      throw e;
    }
    Failpoint.hit("tool.afterEffect");
    var duration = Duration.ofNanos(System.nanoTime() - started);
    return attempts.outcome() instanceof Outcome.Suspended
        ? result(context, attempts, duration)
        : ended(caller, Called.of(tool), fitted, context, due, duration, attempts);
  }

  private static Outcome givenUp(Tool tool, ObjectNode arguments) {
    return tool.content().behavior().effect() == Effect.ONCE
        ? new Outcome.Unknown(
            "The caller gave up while the call was under way: it may or may not have taken effect",
            arguments)
        : new Outcome.Cancelled();
  }

  /// Ends a suspended call.
  ///
  /// @param tool null: the caller may not use it any more
  /// @param step of the call
  public CallResult resume(
      Caller caller,
      @Nullable Tool tool,
      ObjectNode arguments,
      CallContext context,
      Step step,
      Answer answer)
      throws InterruptedException {
    var suspended = Suspended.of(step);
    var ending = suspended.map(was -> context.as(was.callId())).orElse(context);
    var attempts =
        fitting(
            tool,
            new Attempts(
                outcome(tool, answer), List.of(), suspended.map(Suspended::attempts).orElse(1)));
    var called =
        suspended.map(Called::of).or(() -> Optional.ofNullable(tool).map(Called::of)).orElse(null);
    if (called == null) {
      return result(ending, attempts, answer.after());
    }
    var fitted =
        tool == null ? arguments : Arguments.fit(tool.content().parametersSchema(), arguments);
    var due = admission.due(caller, ending);
    return ended(caller, called, fitted, ending, due, answer.after(), attempts);
  }

  private Outcome outcome(@Nullable Tool tool, Answer answer) {
    if (tool == null) {
      return new Outcome.Denied("You may not use this tool any more");
    }
    return answer.value() == null
        ? new Outcome.TimedOut(
            "No answer came within the tool's timeout of " + tool.timeout().toMillis() + " ms")
        : tools.runner(tool.content().config()).answered(tool, answer.value());
  }

  /// The refusal of a call that would not even be tried, recorded; empty when it may be made. A
  /// call that is made later, in a run, is asked about first.
  Optional<CallResult> refusal(Caller caller, Tool tool, ObjectNode arguments, CallContext context)
      throws InterruptedException {
    var fitted = Arguments.fit(tool.content().parametersSchema(), arguments);
    var refused = refused(caller, tool, fitted);
    return refused == null
        ? Optional.empty()
        : Optional.of(refused(caller, tool, arguments, context, refused));
  }

  private @Nullable Outcome refused(Caller caller, Tool tool, ObjectNode fitted) {
    return caller.role().includes(Role.MEMBER)
        ? invalid(tool, fitted)
        : new Outcome.Denied("Your role may look at tools but not call them");
  }

  /// It charges nothing.
  private CallResult refused(
      Caller caller, Tool tool, ObjectNode arguments, CallContext context, Outcome outcome)
      throws InterruptedException {
    return ended(
        caller,
        Called.of(tool),
        arguments,
        context,
        BigDecimal.ZERO,
        Duration.ZERO,
        new Attempts(outcome, List.of(), 0));
  }

  private Outcome.@Nullable Invalid invalid(Tool tool, ObjectNode arguments) {
    var schema = tool.content().parametersSchema();
    var faults = schemas.check(schema, arguments).stream().map(Schemas.Fault::toString).toList();
    return faults.isEmpty()
        ? tools.runner(tool.content().config()).refused(tool, arguments).orElse(null)
        : new Outcome.Invalid(faults, SchemaExample.of(schema));
  }

  private record Attempts(Outcome outcome, List<String> logs, int count) {}

  private Attempts attempt(Caller caller, Tool tool, ObjectNode arguments, CallContext context)
      throws InterruptedException {
    var deadline = System.nanoTime() + context.deadline().toNanos();
    var runner = tools.runner(tool.content().config());
    var toolContext = context.forTool(caller.workspaceId(), caller.userId());
    var retry = runner.retry(tool);
    for (var count = 1; ; count++) {
      var left = Duration.ofNanos(deadline - System.nanoTime());
      if (left.isNegative() || left.isZero()) {
        return new Attempts(
            new Outcome.TimedOut("The call ran into its timeout"), List.of(), count - 1);
      }
      var lines = new ArrayList<String>();
      var timeout = left.compareTo(tool.timeout()) < 0 ? left : tool.timeout();
      var outcome =
          runner.run(
              new Invocation(
                  caller,
                  tool,
                  arguments,
                  toolContext,
                  timeout,
                  context.idempotencyKey(),
                  lines::add,
                  context.progress(),
                  waiting(tool, context)));
      var pause = outcome.pause(count, retry.firstDelayMs());
      if (pause == null || count > retry.max() || System.nanoTime() + pause.toNanos() >= deadline) {
        return new Attempts(outcome, lines, count);
      }
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    }
  }

  /// A result that does not fit the tool's output schema is a failure, which keeps it.
  private Attempts fitting(@Nullable Tool tool, Attempts attempts) {
    var schema = tool == null ? null : tool.content().outputSchema();
    if (schema == null || !(attempts.outcome() instanceof Outcome.Succeeded(var value))) {
      return attempts;
    }
    var faults = schemas.check(schema, value);
    return faults.isEmpty()
        ? attempts
        : new Attempts(
            new Outcome.Failed(
                "execution_error",
                "The result does not fit the tool's output schema: " + faults.getFirst(),
                value,
                false),
            attempts.logs(),
            attempts.count());
  }

  private @Nullable Waiting waiting(Tool tool, CallContext context) {
    var journal = context.journal();
    var step = context.stepKey();
    return journal == null || step == null
        ? null
        : new StepWaiting(callbacks, children, journal, step, tool.name());
  }

  /// What of a tool stands in the record of a call.
  private record Called(String toolId, String name, int version, boolean hasEffect) {
    static Called of(Tool tool) {
      return new Called(
          tool.id(),
          tool.name(),
          tool.version(),
          tool.content().behavior().effect() != Effect.NONE);
    }

    static Called of(Suspended was) {
      var name = was.name();
      return new Called(was.toolId(), name == null ? was.toolId() : name, was.version(), true);
    }
  }

  private CallResult ended(
      Caller caller,
      Called called,
      ObjectNode arguments,
      CallContext context,
      BigDecimal due,
      Duration duration,
      Attempts attempts)
      throws InterruptedException {
    var redaction = vault.redaction(caller.workspaceId());
    var told = told(caller, called, context, attempts.outcome().redacted(redaction));
    var outcome = told.outcome();
    var logs = attempts.logs().stream().map(redaction::text).toList();
    var record =
        new CallRecord(
            caller.workspaceId(),
            context.callId(),
            called.toolId(),
            called.version(),
            caller.userId(),
            context.runId(),
            context.stepKey(),
            context.door(),
            "ended",
            outcome.succeeded() ? "succeeded" : "failed",
            outcome.errorType(),
            outcome.error(),
            duration.toNanos() / 1_000,
            attempts.count(),
            redaction.json(arguments),
            told.value(),
            logs,
            attempts.count() == 0 ? BigDecimal.ZERO : admission.price(context),
            due);
    if (!context.inRun()) {
      record(record, called.hasEffect());
    }
    return new CallResult(
        context.callId(),
        outcome,
        logs,
        duration,
        attempts.count(),
        null,
        context.inRun() ? new CallStore.OfStep(record) : null);
  }

  private static CallResult result(CallContext context, Attempts attempts, Duration duration) {
    var goesOn = attempts.outcome() instanceof Outcome.Suspended;
    return new CallResult(
        context.callId(),
        attempts.outcome(),
        attempts.logs(),
        duration,
        attempts.count(),
        goesOn ? context.runId() : null,
        null);
  }

  /// An outcome as it is handed on and recorded.
  ///
  /// @param value of the outcome, as JSON text
  private record Told(Outcome outcome, @Nullable String value) {}

  /// Keeps a large value as an artifact and puts its handle in its place. Something has happened by
  /// now, so a value that cannot be kept is handed on whole.
  private Told told(Caller caller, Called called, CallContext context, Outcome outcome) {
    var value = outcome.value();
    if (value == null) {
      return new Told(outcome, null);
    }
    var text = Json.write(value);
    if (!artifacts.isLarge(text)) {
      return new Told(outcome, text);
    }
    try {
      var origin = new Artifacts.Origin(context.callId(), context.runId(), called.name());
      var handle = artifacts.keep(caller, origin, value, text);
      return new Told(outcome.with(handle), Json.write(handle));
    } catch (RuntimeException e) {
      LOG.error(
          "The result of call {} was not kept: {}", context.callId(), e.getClass().getSimpleName());
      return new Told(outcome, text);
    }
  }

  /// Something has happened by now, so a record that cannot be stored must not make the caller try
  /// again.
  private void record(CallRecord record, boolean hasEffect) throws InterruptedException {
    try {
      log.record(record);
    } catch (Problem e) {
      if (record.attempts() == 0 || !hasEffect) {
        throw e;
      }
      LOG.error("Call {} took effect and was not recorded: {}", record.id(), e.getMessage());
    }
  }
}
