package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.config.Failpoint;
import dev.toolwright.credit.Credits;
import dev.toolwright.database.Database;
import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import dev.toolwright.http.Problem;
import dev.toolwright.json.SchemaExample;
import dev.toolwright.json.Schemas;
import dev.toolwright.run.Effect;
import dev.toolwright.vault.Vault;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The one path of every tool call, whatever door it comes through: arguments, price, runner with
/// deadline and retries, record. A door that calls a runner itself is a hole. The secrets that a
/// runner uses are its own to take out; those that reach a call by another way are taken out here,
/// of the answer and of the record.
public final class ToolCalls {
  private static final Logger LOG = LoggerFactory.getLogger(ToolCalls.class);

  private final Database database;
  private final Tools tools;
  private final Schemas schemas;
  private final Credits credits;
  private final CallLog log;
  private final Vault vault;
  private final CallStore store = new CallStore();
  private final Fresh<Payer, Boolean> limited = new Fresh<>();

  private record Payer(String workspaceId, String userId) {}

  public ToolCalls(
      Database database,
      Notices notices,
      Tools tools,
      Schemas schemas,
      Credits credits,
      CallLog log,
      Vault vault) {
    this.database = database;
    this.tools = tools;
    this.schemas = schemas;
    this.credits = credits;
    this.log = log;
    this.vault = vault;
    notices.subscribe(Credits.LIMITS_CHANGED, limited::clear);
  }

  /// Calls a tool that the caller may use; [Tools] gave it. Returns when the record is stored; that
  /// of a call in a run is given to the run, which stores it with the step.
  ///
  /// @throws InterruptedException when the caller gave up; the tool is stopped then
  /// @throws dev.toolwright.http.Problem 402 without enough credits, 503 when the record cannot be
  ///   stored
  public CallResult call(Caller caller, Tool tool, ObjectNode arguments, CallContext context)
      throws InterruptedException {
    var started = System.nanoTime();
    if (!caller.role().includes(Role.MEMBER)) {
      var denied = new Outcome.Denied("Your role may look at tools but not call them");
      return ended(
          caller,
          tool,
          arguments,
          context,
          BigDecimal.ZERO,
          started,
          new Attempts(denied, List.of(), 0));
    }
    var fitted = Arguments.fit(tool.content().parametersSchema(), arguments);
    var invalid = invalid(tool, fitted);
    if (invalid != null) {
      // A failed validation charges nothing.
      return ended(
          caller,
          tool,
          arguments,
          context,
          BigDecimal.ZERO,
          started,
          new Attempts(invalid, List.of(), 0));
    }
    var due = admit(caller, context);
    if (tool.content().behavior().effect() == Effect.ONCE && !context.inRun()) {
      log.record(intent(caller, tool, fitted, context));
    }
    var attempts = fitting(tool, attempt(caller, tool, fitted, context));
    Failpoint.hit("tool.afterEffect");
    return ended(caller, tool, fitted, context, due, started, attempts);
  }

  private Outcome.@Nullable Invalid invalid(Tool tool, ObjectNode arguments) {
    var schema = tool.content().parametersSchema();
    var faults = schemas.check(schema, arguments).stream().map(Schemas.Fault::toString).toList();
    return faults.isEmpty()
        ? tools.runner(tool.content().config()).refused(tool, arguments).orElse(null)
        : new Outcome.Invalid(faults, SchemaExample.of(schema));
  }

  /// Whoever has a limit pays before the call; everybody else with its record, in one commit.
  ///
  /// @return what is still to be charged
  private BigDecimal admit(Caller caller, CallContext context) {
    var price = credits.price(context.action());
    if (price.signum() == 0 || !isLimited(new Payer(caller.workspaceId(), caller.userId()))) {
      return price;
    }
    database.useTx(tx ->
        credits.charge(
            tx, caller.workspaceId(), caller.userId(), context.action(), context.callId()));
    return BigDecimal.ZERO;
  }

  private boolean isLimited(Payer payer) {
    return limited
        .get(
            payer,
            () ->
                Optional.of(
                    database.direct(
                        tx -> store.isLimited(tx, payer.workspaceId(), payer.userId()))))
        .orElse(true);
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
                  lines::add));
      var pause = pause(outcome, count, retry.firstDelayMs());
      if (pause == null || count > retry.max() || System.nanoTime() + pause.toNanos() >= deadline) {
        return new Attempts(outcome, lines, count);
      }
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    }
  }

  /// A result that does not fit the tool's output schema is a failure, which keeps it.
  private Attempts fitting(Tool tool, Attempts attempts) {
    var schema = tool.content().outputSchema();
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

  /// How long to wait before the next attempt; null when there is none. Exponential with jitter, or
  /// as the remote says.
  private static @Nullable Duration pause(Outcome outcome, int count, int firstDelayMs) {
    return switch (outcome) {
      case Outcome.Failed failed when failed.retryable() ->
          Duration.ofMillis(firstDelayMs)
              .multipliedBy(1L << (count - 1))
              .plusMillis(ThreadLocalRandom.current().nextLong(100));
      case Outcome.Limited limited -> limited.retryAfter();
      default -> null;
    };
  }

  private CallResult ended(
      Caller caller,
      Tool tool,
      ObjectNode arguments,
      CallContext context,
      BigDecimal due,
      long started,
      Attempts attempts)
      throws InterruptedException {
    var duration = Duration.ofNanos(System.nanoTime() - started);
    var redaction = vault.redaction(caller.workspaceId());
    var outcome = attempts.outcome().redacted(redaction);
    var logs = attempts.logs().stream().map(redaction::text).toList();
    var record =
        new CallRecord(
            caller.workspaceId(),
            context.callId(),
            tool.id(),
            tool.version(),
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
            outcome.value(),
            logs,
            attempts.count() == 0 ? BigDecimal.ZERO : credits.price(context.action()),
            due);
    if (!context.inRun()) {
      record(record, tool);
    }
    return new CallResult(
        context.callId(),
        outcome,
        logs,
        duration,
        attempts.count(),
        context.inRun() ? new CallStore.OfStep(record) : null);
  }

  /// Something has happened by now, so a record that cannot be stored must not make the caller try
  /// again.
  private void record(CallRecord record, Tool tool) throws InterruptedException {
    try {
      log.record(record);
    } catch (Problem e) {
      if (record.attempts() == 0 || tool.content().behavior().effect() == Effect.NONE) {
        throw e;
      }
      LOG.error("Call {} took effect and was not recorded: {}", record.id(), e.getMessage());
    }
  }

  private CallRecord intent(Caller caller, Tool tool, JsonNode arguments, CallContext context) {
    return new CallRecord(
        caller.workspaceId(),
        context.callId(),
        tool.id(),
        tool.version(),
        caller.userId(),
        null,
        null,
        context.door(),
        "intent",
        null,
        null,
        null,
        0,
        0,
        vault.redaction(caller.workspaceId()).json(arguments),
        null,
        List.of(),
        BigDecimal.ZERO,
        BigDecimal.ZERO);
  }
}
