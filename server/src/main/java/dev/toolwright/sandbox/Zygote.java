package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One worker process that copies itself for every call. It is started by the thread that reads
/// from it: the kernel ends the process when that thread ends, whatever the reason.
final class Zygote {
  private static final int IN_HEADER = 24;
  private static final int MAX_FRAME = 1 << 16;
  private static final int MAX_COMPLAINT = 4096;

  private final List<String> command;
  private final Map<Long, Pending> calls = new ConcurrentHashMap<>();
  private final ReentrantLock writing = new ReentrantLock(true);
  private final CompletableFuture<Hello> hello = new CompletableFuture<>();
  private volatile @Nullable Process process;
  private volatile boolean dead;

  private Zygote(List<String> command) {
    this.command = command;
  }

  /// What a ready worker says of itself.
  ///
  /// @param landlock the kernel's Landlock version, 0 for none
  record Hello(String python, String version, int landlock, int uid) {}

  /// Starts a worker and waits until it is ready.
  ///
  /// @throws Unfit if it does not become ready
  static Zygote start(List<String> command, Duration patience) throws Unfit, InterruptedException {
    var zygote = new Zygote(command);
    Thread.ofPlatform().name("python-sandbox").daemon().start(zygote::live);
    try {
      zygote.hello.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return zygote;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Unfit unfit ? unfit : Unfit.lasting(command + " failed", "");
    } catch (TimeoutException e) {
      zygote.kill();
      throw Unfit.passing(
          "The Python worker did not start in time.", "Look at the load of the host.");
    } catch (InterruptedException e) {
      zygote.kill();
      throw e;
    }
  }

  Hello hello() {
    return hello.join();
  }

  boolean dead() {
    return dead;
  }

  private void live() {
    var reason = Unfit.passing(command.getFirst() + " cannot be started.", "");
    try {
      var builder = new ProcessBuilder(command);
      builder.environment().clear();
      builder.environment().put("LANG", "C.UTF-8");
      builder.directory(new File("/"));
      var started = builder.start();
      process = started;
      try {
        read(new DataInputStream(new BufferedInputStream(started.getInputStream(), MAX_FRAME)));
      } finally {
        started.destroyForcibly();
        reason = ended(complaint(started));
      }
    } catch (IOException e) {
      // the end of its output is the end of the worker
    } finally {
      end(reason);
    }
  }

  /// Who is killed says nothing; who finds the machine wanting does.
  private static Unfit ended(String complaint) {
    var text = "The Python worker ended while starting";
    return complaint.isEmpty()
        ? Unfit.passing(text + ".", "")
        : Unfit.lasting(text + ": " + complaint, "");
  }

  private static String complaint(Process process) {
    try (var errors = process.getErrorStream()) {
      var text = new String(errors.readNBytes(MAX_COMPLAINT), StandardCharsets.UTF_8).strip();
      return text.substring(text.lastIndexOf('\n') + 1);
    } catch (IOException e) {
      return "";
    }
  }

  private void read(DataInputStream in) throws IOException {
    while (true) {
      var letter = in.readInt() >>> 24;
      var number = in.readLong();
      var length = in.readInt();
      if (length < 0 || length > MAX_FRAME) {
        return;
      }
      var bytes = new byte[length];
      in.readFully(bytes);
      switch (letter) {
        case 'H' -> ready(bytes);
        case 'F' ->
            hello.completeExceptionally(
                Unfit.lasting(new String(bytes, StandardCharsets.UTF_8), ""));
        case 'D' -> said(number, bytes);
        case 'E' -> ended(number, ByteBuffer.wrap(bytes));
        default -> {
          return;
        }
      }
    }
  }

  private void ready(byte[] bytes) throws IOException {
    try {
      JsonNode said = Json.parse(bytes);
      hello.complete(
          new Hello(
              said.path("python").asString(""),
              said.path("version").asString(""),
              said.path("landlock").asInt(0),
              said.path("uid").asInt(0)));
    } catch (MalformedJson e) {
      throw new IOException(e);
    }
  }

  private void said(long number, byte[] bytes) {
    var call = calls.get(number);
    if (call != null) {
      call.add(bytes);
      if (call.output.forged()) {
        stop(call);
      }
    }
  }

  private void ended(long number, ByteBuffer bytes) throws IOException {
    var call = calls.remove(number);
    var cause = Pending.Cause.numbered(bytes.remaining() == 9 ? bytes.get() : -1);
    if (cause == Pending.Cause.LOST) {
      throw new IOException("impossible frame");
    }
    if (call != null) {
      call.end(new Pending.Ending(cause, bytes.getInt(), bytes.getInt()));
    }
  }

  private void end(Unfit reason) {
    writing.lock();
    try {
      dead = true;
    } finally {
      writing.unlock();
    }
    hello.completeExceptionally(reason);
    for (var call : calls.values()) {
      call.end(Pending.Ending.LOST);
    }
    calls.clear();
  }

  /// Hands a call to a fresh child. Does not wait: a worker that no longer reads would hold the
  /// caller beyond its time.
  ///
  /// @param memoryMb MiB that the call may use; 0: as many as the sandbox gives
  void begin(Pending call, Duration time, int memoryMb, byte[] request) {
    var frame = ByteBuffer.allocate(IN_HEADER + request.length);
    frame.putInt('C' << 24).putLong(call.number).putInt((int) time.toMillis());
    frame.putInt(memoryMb).putInt(request.length).put(request);
    Thread.startVirtualThread(() -> send(call, frame.array(), true));
  }

  /// Ends the child of a call; a call that was not begun never will be.
  void stop(Pending call) {
    call.unwanted = true;
    var frame = ByteBuffer.allocate(IN_HEADER);
    frame.putInt('K' << 24).putLong(call.number);
    Thread.startVirtualThread(() -> send(call, frame.array(), false));
  }

  /// Hands a child a piece of an answer that it asked for.
  void answer(Pending call, byte[] piece) {
    var frame = ByteBuffer.allocate(IN_HEADER + piece.length);
    frame.putInt('A' << 24).putLong(call.number).putLong(0).putInt(piece.length).put(piece);
    Thread.startVirtualThread(() -> send(call, frame.array(), false));
  }

  private void send(Pending call, byte[] frame, boolean begins) {
    writing.lock();
    try {
      if (!begins) {
        if (calls.containsKey(call.number)) {
          write(frame);
        }
      } else if (dead || call.unwanted) {
        call.end(Pending.Ending.LOST);
      } else {
        calls.put(call.number, call);
        write(frame);
      }
    } finally {
      writing.unlock();
    }
  }

  /// A failed write means the process is gone: the reader sees the same and ends every call.
  private void write(byte[] frame) {
    var running = process;
    if (running == null) {
      return;
    }
    try {
      OutputStream out = running.getOutputStream();
      out.write(frame);
      out.flush();
    } catch (IOException e) {
      running.destroyForcibly();
    }
  }

  /// Ends the process and all its children now.
  void kill() {
    var running = process;
    if (running != null) {
      running.destroyForcibly();
    }
  }

  long pid() {
    var running = process;
    return running == null ? -1 : running.pid();
  }
}
