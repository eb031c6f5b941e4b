package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Runs and examines JavaScript, each call in a fresh context of a worker process that the kernel
/// confines and that serves one workspace only. A machine that cannot confine runs nothing.
///
/// Safe for any number of threads. Interrupting a caller ends its call.
public final class JavaScript implements AutoCloseable {
  private static final int MAX_REQUEST = 15 << 20;
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration PARSE_TIME = Duration.ofSeconds(5);
  private static final Duration PARSE_WAIT = Duration.ofSeconds(30);
  private static final Duration TYPES_TIME = Duration.ofSeconds(60);

  /// What a call may take beyond its time before its worker counts as stuck.
  private static final Duration GRACE = Duration.ofMillis(500);

  private static final String PARSER = "parser";

  private final JavaScriptSettings settings;
  private final Places places;
  private final JsPool pool;
  private final Semaphore types = new Semaphore(1, true);
  private volatile SandboxStatus status =
      new SandboxStatus(
          SandboxStatus.State.STARTING, "", "The JavaScript sandbox is starting.", "", "");
  private volatile boolean worked;

  private JavaScript(JavaScriptSettings settings) {
    this.settings = settings;
    this.places = new Places(settings.places());
    this.pool = new JsPool(settings.mostWorkers(), settings.idle(), this::worker);
  }

  /// Opens the sandbox. It starts no worker before [#prepare] or the first call. Never throws for a
  /// machine that is unfit: the status and every result then say why.
  public static JavaScript open(JavaScriptSettings settings) {
    return new JavaScript(settings);
  }

  /// Starts a spare worker in the background after a while.
  public void prepare(Duration delay) {
    pool.prepare(delay);
  }

  public SandboxStatus status() {
    return status;
  }

  private JsWorker worker(Runnable ended) throws Unfit, InterruptedException {
    try {
      var threads = Math.max(2, settings.places() / 2);
      var launch = JsLaunch.from(settings);
      var worker = launch.start(JsLaunch.Purpose.CALLS, threads, ended);
      worked = true;
      status =
          new SandboxStatus(
              SandboxStatus.State.READY,
              "A",
              "JavaScript tools run confined.",
              "",
              "GraalJS on Java " + worker.version());
      return worker;
    } catch (Unfit e) {
      if (!worked && !e.passing()) {
        status = SandboxStatus.refused(e);
      }
      throw e;
    }
  }

  /// The process that serves a workspace, for tests; -1 if there is none.
  long workerPid(String workspaceId) {
    return pool.pid(workspaceId);
  }

  /// Worker processes that exist, for tests.
  int workers() {
    return pool.size();
  }

  /// Executes a tool and waits for the end, in all no longer than the call's timeout and a moment.
  public FunctionResult run(JsCall call) throws InterruptedException {
    var parameters = Json.write(call.parameters());
    var context = Json.write(call.context());
    if (tooLong(call.origin() == null ? call.code() : call.origin().source())) {
      return broken("The code is longer than " + Sandbox.MAX_CODE + " bytes.");
    }
    // A character takes 3 bytes of UTF-8 at most, and two of them 4.
    if (3L * (parameters.length() + context.length()) > MAX_REQUEST) {
      return broken("Parameters and context are larger than " + MAX_REQUEST / 3 + " characters.");
    }
    var function = call.functionName() == null ? "" : call.functionName();
    var outlet = call.outlet();
    var network = outlet != null && outlet.hasNetwork() ? "network" : "";
    var progress = outlet != null && outlet.hearsProgress() ? "progress" : "";
    var texts = List.of(call.code(), function, parameters, context, network, progress);
    var time = call.timeout().compareTo(LONGEST) < 0 ? call.timeout() : LONGEST;
    var end = System.nanoTime() + time.toNanos();
    try {
      var reply = attempt(call, texts, end);
      // A worker that died took this call with it. It may run again unless something had happened,
      // or it alone can have used the memory up.
      if (reply instanceof JsWorker.Reply.Lost lost
          && !(lost.outOfMemory() && lost.alone())
          && (call.outlet() == null || call.outlet().mayBeginAgain())) {
        reply = attempt(call, texts, end);
      }
      return switch (reply) {
        case JsWorker.Reply.Said said -> JsResults.of(said.texts(), call, time);
        case JsWorker.Reply.Lost lost -> JsResults.lost(lost.outOfMemory());
        case null -> JsResults.tooSlow(time, List.of());
      };
    } catch (Unfit e) {
      return e.passing()
          ? new FunctionResult.Stopped(FunctionResult.Reason.BUSY, e.text(), List.of())
          : new FunctionResult.Refused(e.text(), e.howToFix());
    }
  }

  private static FunctionResult broken(String message) {
    return new FunctionResult.Raised("ToolContractError", message, List.of(), List.of());
  }

  private static boolean tooLong(String code) {
    return code.length() > Sandbox.MAX_CODE
        || code.getBytes(StandardCharsets.UTF_8).length > Sandbox.MAX_CODE;
  }

  /// Asks the workspace's worker; null when the time is over.
  private JsWorker.@Nullable Reply attempt(JsCall call, List<String> texts, long end)
      throws Unfit, InterruptedException {
    var workspace = call.workspaceId();
    if (!places.take(workspace, call.userId(), end - System.nanoTime())) {
      throw busy();
    }
    try {
      var bound = pool.take(workspace, end - System.nanoTime());
      if (bound == null) {
        throw busy();
      }
      try {
        var left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
        try (var asked = bound.worker.begin('C', left, texts, call.outlet())) {
          return await(bound.worker, asked, left);
        }
      } finally {
        pool.give(bound);
      }
    } finally {
      places.give(workspace, call.userId());
    }
  }

  private static Unfit busy() {
    return Unfit.passing("There is no free place in the JavaScript sandbox; try again.", "");
  }

  private static JsWorker.@Nullable Reply await(
      JsWorker worker, JsWorker.Asked asked, Duration left) throws InterruptedException {
    try {
      return asked.reply.get(left.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      worker.kill(); // the code does not listen: the worker's other calls are repeated on another
      return null;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      worker.stop(asked);
      Thread.startVirtualThread(() -> ensureEnded(worker, asked));
      throw e;
    }
  }

  private static void ensureEnded(JsWorker worker, JsWorker.Asked asked) {
    try {
      asked.reply.get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      worker.kill();
    } catch (InterruptedException e) {
      worker.kill();
      Thread.currentThread().interrupt();
    }
  }

  /// Examines JavaScript. Executes nothing of it.
  ///
  /// @param functionName the function to call; null to find out
  public JsOutline parse(String source, @Nullable String functionName) throws InterruptedException {
    if (tooLong(source)) {
      return tooLongFault();
    }
    try {
      // A worker that must be started first does not count as code that is hard to read.
      var bound = pool.take(PARSER, PARSE_WAIT.toNanos());
      if (bound == null) {
        return new JsOutline.Unavailable("No worker became free to read the code.", true);
      }
      try {
        var texts = List.of(source, functionName == null ? "" : functionName);
        try (var asked = bound.worker.begin('P', PARSE_TIME, texts, null)) {
          return outline(await(bound.worker, asked, PARSE_TIME), source);
        }
      } finally {
        pool.give(bound);
      }
    } catch (Unfit e) {
      return new JsOutline.Unavailable(e.text(), e.passing());
    }
  }

  /// Examines TypeScript and takes its types out, in a worker that ends afterwards. Types are not
  /// checked. Executes nothing of the source.
  ///
  /// @param functionName the function to call; null to find out
  public JsOutline strip(String source, @Nullable String functionName) throws InterruptedException {
    if (tooLong(source)) {
      return tooLongFault();
    }
    if (!types.tryAcquire(TYPES_TIME.toMillis(), TimeUnit.MILLISECONDS)) {
      return new JsOutline.Unavailable("Too many people save TypeScript at the moment.", true);
    }
    JsWorker worker = null;
    try {
      worker = JsLaunch.from(settings).start(JsLaunch.Purpose.TYPES, 1, () -> {});
      var texts = List.of(source, functionName == null ? "" : functionName);
      try (var asked = worker.begin('X', TYPES_TIME, texts, null)) {
        return outline(await(worker, asked, TYPES_TIME), source);
      }
    } catch (Unfit e) {
      return new JsOutline.Unavailable(e.text(), e.passing());
    } finally {
      if (worker != null) {
        worker.kill();
      }
      types.release();
    }
  }

  private static JsOutline tooLongFault() {
    return new JsOutline.SyntaxFault(1, 1, "the code is longer than 100000 bytes");
  }

  private static JsOutline outline(JsWorker.@Nullable Reply reply, String source) {
    return switch (reply) {
      case JsWorker.Reply.Said said -> JsResults.outline(said.texts(), source);
      case JsWorker.Reply.Lost _ ->
          new JsOutline.Unavailable("The sandbox ended while it read the code.", true);
      case null -> new JsOutline.SyntaxFault(1, 1, "the code is too costly to read");
    };
  }

  /// Ends every running call and every worker.
  @Override
  public void close() {
    pool.close();
  }
}
