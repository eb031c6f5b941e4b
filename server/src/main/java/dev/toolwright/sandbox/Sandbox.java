package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Runs and examines Python tools, each call in a process of its own that the kernel confines and
/// that lives no longer than the call. A machine that cannot confine runs nothing.
///
/// Safe for any number of threads. Interrupting a caller ends its process at once.
public final class Sandbox implements AutoCloseable {
  static final int MAX_CODE = 100_000;
  private static final int MAX_REQUEST = 15 << 20;
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration PARSE_TIME = Duration.ofSeconds(5);

  /// What a worker may take beyond a call's own time before it counts as hung.
  private static final Duration GRACE = Duration.ofSeconds(3);

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final String PARSER = "parser";

  private final SandboxSettings settings;
  private final Places places;
  private final SecureRandom random = new SecureRandom();
  private final AtomicLong numbers = new AtomicLong();
  private final CountDownLatch opened = new CountDownLatch(1);
  private final ReentrantLock starting = new ReentrantLock();
  private volatile SandboxStatus status = SandboxStatus.starting();
  private volatile @Nullable Zygote zygote;
  private volatile boolean closed;
  private long failedAt;
  private boolean wasReady;

  private Sandbox(SandboxSettings settings) {
    this.settings = settings;
    this.places = new Places(settings.places());
  }

  /// Opens the sandbox. It starts and tests itself in the background; calls wait for that. Never
  /// throws for a machine that is unfit: the status and every result then say why.
  public static Sandbox open(SandboxSettings settings) {
    var sandbox = new Sandbox(settings);
    Thread.ofVirtual().name("sandbox-start").start(sandbox::begin);
    return sandbox;
  }

  private void begin() {
    try {
      worker();
    } catch (Unfit e) {
      // the status says it
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      opened.countDown();
    }
  }

  public SandboxStatus status() {
    return status;
  }

  /// The process id of the worker, for tests; -1 if there is none.
  long workerPid() {
    var current = zygote;
    return current == null ? -1 : current.pid();
  }

  /// Executes a tool and waits for the end, in all no longer than the call's timeout and a moment.
  public PythonResult run(PythonCall call) throws InterruptedException {
    var request = Json.object();
    request.put("do", "run").put("code", call.code()).put("function", call.functionName());
    request.set("parameters", call.parameters());
    request.set("context", call.context());
    if (tooLong(call.code())) {
      return broken("The code is longer than " + MAX_CODE + " bytes.");
    }
    var json = Json.bytes(request);
    if (json.length > MAX_REQUEST) {
      return broken("Code, parameters and context are larger than " + MAX_REQUEST + " bytes.");
    }
    var time = call.timeout().compareTo(LONGEST) < 0 ? call.timeout() : LONGEST;
    try {
      return Results.of(perform(call.workspaceId(), call.userId(), json, time), time);
    } catch (Unfit e) {
      return new PythonResult.Refused(e.text(), e.howToFix());
    }
  }

  /// Finds the functions that source code defines. Executes nothing of it.
  public PythonOutline parse(String source) throws InterruptedException {
    if (tooLong(source)) {
      return new PythonOutline.SyntaxFault(1, 1, "the code is longer than 100000 bytes");
    }
    try {
      var request = Json.object().put("do", "parse").put("code", source);
      return Results.outline(perform(PARSER, PARSER, Json.bytes(request), PARSE_TIME));
    } catch (Unfit e) {
      return new PythonOutline.Unavailable(e.text());
    }
  }

  private static PythonResult broken(String message) {
    return new PythonResult.Raised("ToolContractError", message, List.of(), List.of());
  }

  private static boolean tooLong(String code) {
    return code.length() > MAX_CODE || code.getBytes(StandardCharsets.UTF_8).length > MAX_CODE;
  }

  /// How a child ended and what it said.
  record Done(Pending.Ending ending, ChildOutput output) {}

  private Done perform(String workspace, String user, byte[] json, Duration time)
      throws Unfit, InterruptedException {
    var end = System.nanoTime() + time.toNanos();
    if (!opened.await(time.toNanos(), TimeUnit.NANOSECONDS)) {
      return late();
    }
    var done = attempt(workspace, user, json, end);
    // A worker that died took this call with it. Tools have no effects, so it may run again.
    return done.ending().cause() == Pending.Cause.LOST
        ? attempt(workspace, user, json, end)
        : done;
  }

  private static Done late() {
    return new Done(
        new Pending.Ending(Pending.Cause.DEADLINE, 0, 0), new ChildOutput(new byte[16]));
  }

  private Done attempt(String workspace, String user, byte[] json, long end)
      throws Unfit, InterruptedException {
    if (!places.take(workspace, user, end - System.nanoTime())) {
      return late();
    }
    Zygote worker;
    try {
      worker = worker();
    } catch (Unfit | InterruptedException | RuntimeException e) {
      places.give(workspace, user);
      throw e;
    }
    var nonce = new byte[16];
    random.nextBytes(nonce);
    var request = new byte[nonce.length + json.length];
    System.arraycopy(nonce, 0, request, 0, nonce.length);
    System.arraycopy(json, 0, request, nonce.length, json.length);
    var left = Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
    var pending =
        new Pending(
            numbers.incrementAndGet(),
            new ChildOutput(nonce),
            () -> places.give(workspace, user));
    worker.begin(pending, left, request);
    return new Done(await(worker, pending, left), pending.output);
  }

  private static Pending.Ending await(Zygote worker, Pending pending, Duration left)
      throws InterruptedException {
    try {
      return pending.answered.get(left.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      worker.kill(); // it no longer keeps time: its innocent calls are repeated on a fresh one
      return new Pending.Ending(Pending.Cause.DEADLINE, 0, 0);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      worker.stop(pending);
      throw e;
    }
  }

  /// The living worker; starts and tests a fresh one if there is none.
  private Zygote worker() throws Unfit, InterruptedException {
    var current = zygote;
    if (current != null && !current.dead()) {
      return current;
    }
    starting.lockInterruptibly();
    try {
      current = zygote;
      if (current != null && !current.dead()) {
        return current;
      }
      return fresh();
    } finally {
      starting.unlock();
    }
  }

  private Zygote fresh() throws Unfit, InterruptedException {
    if (closed) {
      throw new Unfit("The server is stopping.", "");
    }
    var state = status;
    var soon = wasReady && System.nanoTime() - failedAt > PAUSE_NANOS;
    if (state.state() == SandboxStatus.State.REFUSED && !soon) {
      throw new Unfit(state.message(), state.howToFix());
    }
    try {
      var files = WorkerFiles.in(settings.directory());
      var started = new Launch(files, settings.python()).start();
      SelfTest.check(started.zygote(), files, numbers.incrementAndGet());
      zygote = started.zygote();
      if (closed) {
        started.zygote().kill();
      }
      wasReady = true;
      var hello = started.zygote().hello();
      status =
          new SandboxStatus(
              SandboxStatus.State.READY,
              started.tier(),
              "Python tools run confined.",
              "",
              hello.version() + " (" + hello.python() + ")");
      return started.zygote();
    } catch (Unfit e) {
      failedAt = System.nanoTime();
      status = SandboxStatus.refused(e);
      throw e;
    }
  }

  /// Ends every running call and the worker.
  @Override
  public void close() {
    closed = true;
    var current = zygote;
    if (current != null) {
      current.kill();
    }
  }
}
