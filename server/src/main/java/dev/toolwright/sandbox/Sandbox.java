package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Runs and examines Python tools, each call in a process of its own that the kernel confines and
/// that lives no longer than the call. A machine that cannot confine runs nothing.
///
/// Safe for any number of threads. Interrupting a caller ends its process at once.
public final class Sandbox implements AutoCloseable {
  static final int MAX_CODE = 100_000;
  private static final int MAX_REQUEST = 15 << 20;
  private static final Duration LONGEST = Duration.ofHours(1);

  /// How long code waits to be read; reading it may then take [Results#PARSE_TIME] more.
  private static final Duration PARSE_WAIT = Duration.ofSeconds(3);

  private final SandboxSettings settings;
  private final Places places;

  /// Reading code has places of its own: whoever saves a tool need not wait for those that run.
  private final Share parsers = Share.of(Math.max(2, Runtime.getRuntime().availableProcessors()));

  private final SecureRandom random = new SecureRandom();
  private final AtomicLong numbers = new AtomicLong();
  private final LivingWorker worker = new LivingWorker(this::start, System::nanoTime);

  private Sandbox(SandboxSettings settings) {
    this.settings = settings;
    this.places = new Places(settings.places());
  }

  /// Opens the sandbox. It starts and tests itself in the background; calls wait for that. Never
  /// throws for a machine that is unfit: the status and every result then say why.
  public static Sandbox open(SandboxSettings settings) {
    var sandbox = new Sandbox(settings);
    sandbox.worker.begin();
    return sandbox;
  }

  public SandboxStatus status() {
    return worker.status();
  }

  /// Waits until the sandbox has started and tested itself once, whatever came of it; after `time`
  /// the state is still `STARTING`.
  public SandboxStatus awaitTested(Duration time) throws InterruptedException {
    return worker.awaitTried(time);
  }

  /// The process id of the worker, for tests; -1 if there is none.
  long workerPid() {
    var current = worker.current();
    return current == null ? -1 : current.pid();
  }

  /// Executes a tool and waits for the end, in all no longer than the call's timeout and a moment.
  public FunctionResult run(PythonCall call) throws InterruptedException {
    var request = Json.object();
    request.put("do", "run").put("code", call.code()).put("function", call.functionName());
    request.set("parameters", call.parameters());
    request.set("context", call.context());
    request.put("network", call.outlet() != null && call.outlet().hasNetwork());
    request.put("progress", call.outlet() != null && call.outlet().hearsProgress());
    if (tooLong(call.code())) {
      return broken("The code is longer than " + MAX_CODE + " bytes.");
    }
    var json = Json.bytes(request);
    if (json.length > MAX_REQUEST) {
      return broken("Code, parameters and context are larger than " + MAX_REQUEST + " bytes.");
    }
    var time = call.timeout().compareTo(LONGEST) < 0 ? call.timeout() : LONGEST;
    // One that began with next to nothing left would only be told that it is too slow.
    var times = Times.of(time.minus(time.dividedBy(10)), time);
    var share = Share.of(places, call.workspaceId(), call.userId());
    try {
      var most = call.memoryMb() == null ? 0 : call.memoryMb();
      return Results.of(perform(share, json, most, times, call.outlet()), time);
    } catch (Unfit e) {
      return e.passing()
          ? new FunctionResult.Stopped(FunctionResult.Reason.BUSY, e.text(), List.of())
          : new FunctionResult.Refused(e.text(), e.howToFix());
    }
  }

  /// Finds the functions that source code defines. Executes nothing of it.
  public PythonOutline parse(String source) throws InterruptedException {
    if (tooLong(source)) {
      return new PythonOutline.SyntaxFault(1, 1, "the code is longer than 100000 bytes");
    }
    try {
      var request = Json.object().put("do", "parse").put("code", source);
      var times = Times.of(PARSE_WAIT, PARSE_WAIT.plus(Results.PARSE_TIME));
      return Results.outline(perform(parsers, Json.bytes(request), 0, times, null));
    } catch (Unfit e) {
      return new PythonOutline.Unavailable(e.text(), e.passing());
    }
  }

  private static FunctionResult broken(String message) {
    return new FunctionResult.Raised("ToolContractError", message, List.of(), List.of());
  }

  private static boolean tooLong(String code) {
    return code.length() > MAX_CODE || code.getBytes(StandardCharsets.UTF_8).length > MAX_CODE;
  }

  /// How a child ended and what it said.
  record Done(Pending.Ending ending, ChildOutput output) {}

  /// Moments of [System#nanoTime]: until when a call waits to begin, and when it must have ended.
  private record Times(long begin, long end) {
    static Times of(Duration wait, Duration all) {
      var now = System.nanoTime();
      return new Times(now + wait.toNanos(), now + all.toNanos());
    }

    long patience() {
      return begin - System.nanoTime();
    }
  }

  private Done perform(Share share, byte[] json, int memoryMb, Times times, @Nullable Outlet outlet)
      throws Unfit, InterruptedException {
    var done = attempt(share, json, memoryMb, times, outlet);
    // A worker that died took this call with it. It may run again unless something had happened.
    return done.ending().cause() == Pending.Cause.LOST && (outlet == null || outlet.mayBeginAgain())
        ? attempt(share, json, memoryMb, times, outlet)
        : done;
  }

  private Done attempt(Share share, byte[] json, int memoryMb, Times times, @Nullable Outlet outlet)
      throws Unfit, InterruptedException {
    if (!share.take(times.patience())) {
      throw Unfit.passing("There is no free place in the sandbox; try again.", "");
    }
    Zygote zygote;
    try {
      zygote = worker.get(times.patience());
    } catch (Unfit | InterruptedException | RuntimeException e) {
      share.give();
      throw e;
    }
    var nonce = new byte[16];
    random.nextBytes(nonce);
    var request = new byte[nonce.length + json.length];
    System.arraycopy(nonce, 0, request, 0, nonce.length);
    System.arraycopy(json, 0, request, nonce.length, json.length);
    var left = Duration.ofNanos(Math.max(1_000_000, times.end() - System.nanoTime()));
    var pending = new Pending(numbers.incrementAndGet(), nonce, outlet != null, share::give);
    zygote.begin(pending, left, memoryMb, request);
    return new Done(Conversation.hold(zygote, pending, left, outlet), pending.output);
  }

  private LivingWorker.Started start() throws Unfit, InterruptedException {
    var files = WorkerFiles.in(settings.directory());
    var started = new Launch(files, settings.python()).start();
    SelfTest.check(started.zygote(), files, numbers.incrementAndGet());
    var hello = started.zygote().hello();
    return new LivingWorker.Started(
        started.zygote(),
        new SandboxStatus(
            SandboxStatus.State.READY,
            started.tier(),
            "Python tools run confined.",
            "",
            hello.version() + " (" + hello.python() + ")"));
  }

  /// Ends every running call and the worker.
  @Override
  public void close() {
    worker.close();
  }
}
