package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One JavaScript worker process. It is started by the thread that reads from it: the kernel ends
/// the process when that thread ends, whatever the reason. Nothing it says is trusted to be more
/// than the result of the call it was given.
final class JsWorker {
  private static final int MAX_FRAME = 3 << 20;
  private static final int MAX_COMPLAINT = 4096;
  private static final int BUFFER = 1 << 16;
  private static final int OUT_OF_MEMORY = 3;

  private final List<String> command;
  private final Runnable ended;
  private final Map<Long, Asked> calls = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final ReentrantLock writing = new ReentrantLock(true);
  private final CompletableFuture<String> hello = new CompletableFuture<>();
  private volatile @Nullable Process process;
  private volatile boolean dead;

  private JsWorker(List<String> command, Runnable ended) {
    this.command = command;
    this.ended = ended;
  }

  /// A question that was asked; closing it ends what its code still asks for.
  static final class Asked implements AutoCloseable {
    final long number;
    final CompletableFuture<Reply> reply = new CompletableFuture<>();
    private final @Nullable Outlet outlet;
    private final long end;

    /// What answers the code; guarded by this.
    private final List<Thread> answering = new ArrayList<>();

    private boolean closed;

    Asked(long number, Duration time, @Nullable Outlet outlet) {
      this.number = number;
      this.outlet = outlet;
      this.end = System.nanoTime() + time.toNanos();
    }

    private Duration left() {
      return Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
    }

    /// @return false if the code may not ask that, as its worker knows
    private synchronized boolean answer(byte[] question, Consumer<Outlet.Answer> then) {
      if (outlet == null
          || answering.size() == Outlet.MAX_QUESTIONS
          || question.length > Outlet.MAX_QUESTION) {
        return false;
      }
      if (!closed) {
        var task = outlet.take(question);
        answering.add(
            Thread.startVirtualThread(() -> {
              try {
                then.accept(task.run(left()));
              } catch (InterruptedException e) {
                // the call is over
              }
            }));
      }
      return true;
    }

    @Override
    public synchronized void close() {
      closed = true;
      answering.forEach(Thread::interrupt);
    }
  }

  /// What became of a question.
  sealed interface Reply {
    /// Printed text, a letter for the kind, and what belongs to it.
    record Said(List<String> texts) implements Reply {}

    /// The worker is gone.
    ///
    /// @param outOfMemory because its memory was used up
    /// @param alone nothing else was being asked
    record Lost(boolean outOfMemory, boolean alone) implements Reply {}
  }

  /// Starts a worker and waits until it is ready.
  ///
  /// @throws Unfit if it does not become ready
  static JsWorker start(List<String> command, Duration patience, Runnable ended)
      throws Unfit, InterruptedException {
    var worker = new JsWorker(command, ended);
    Thread.ofPlatform().name("javascript-worker").daemon().start(worker::live);
    try {
      worker.hello.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return worker;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Unfit unfit ? unfit : failed("");
    } catch (TimeoutException e) {
      worker.kill();
      throw Unfit.passing(
          "The JavaScript worker did not start in time.", "Look at the load of the host.");
    } catch (InterruptedException e) {
      worker.kill();
      throw e;
    }
  }

  private static Unfit failed(String complaint) {
    return Unfit.lasting(
        "The JavaScript worker ended while starting"
            + (complaint.isEmpty() ? "." : ": ")
            + complaint,
        JsLaunch.how());
  }

  /// The version of its Java.
  String version() {
    return hello.join();
  }

  boolean dead() {
    return dead;
  }

  long pid() {
    var running = process;
    return running == null ? -1 : running.pid();
  }

  private void live() {
    var complaint = "";
    var status = -1;
    try {
      var builder = new ProcessBuilder(command);
      builder.environment().clear();
      builder.environment().put("LANG", "C.UTF-8");
      builder.directory(new File("/"));
      var started = builder.start();
      process = started;
      try {
        read(new DataInputStream(new BufferedInputStream(started.getInputStream(), BUFFER)));
      } finally {
        // What ends by itself says why by its status.
        if (!started.waitFor(200, TimeUnit.MILLISECONDS)) {
          started.destroyForcibly();
        }
        status = started.waitFor();
        complaint = complaint(started);
      }
    } catch (IOException e) {
      complaint = complaint.isEmpty() ? command.getFirst() + " cannot be started" : complaint;
    } catch (InterruptedException e) {
      kill();
    } finally {
      end(complaint, status == OUT_OF_MEMORY);
    }
  }

  private static String complaint(Process process) {
    try (var errors = process.getErrorStream()) {
      var text = new String(errors.readNBytes(MAX_COMPLAINT), StandardCharsets.UTF_8).strip();
      return text.substring(text.lastIndexOf('\n') + 1);
    } catch (IOException e) {
      return "";
    }
  }

  /// Reads until the end, or until something impossible is said.
  private void read(DataInputStream in) throws IOException {
    while (true) {
      var length = in.readInt();
      if (length < 9 || length > MAX_FRAME) {
        kill();
        return;
      }
      var bytes = new byte[length];
      in.readFully(bytes);
      var frame = ByteBuffer.wrap(bytes);
      var letter = (char) frame.get();
      var number = frame.getLong();
      var texts = texts(frame);
      if (texts == null || texts.isEmpty()) {
        kill();
        return;
      }
      switch (letter) {
        case 'H' -> hello.complete(texts.getFirst());
        case 'F' -> hello.completeExceptionally(failed(texts.getFirst()));
        case 'R' -> {
          var asked = calls.remove(number);
          if (asked != null) {
            asked.reply.complete(new Reply.Said(texts));
          }
        }
        case 'Q' -> {
          var asked = calls.get(number);
          if (asked != null && !(texts.size() == 2 && answer(asked, texts.get(0), texts.get(1)))) {
            kill();
            return;
          }
        }
        default -> {
          kill();
          return;
        }
      }
    }
  }

  /// Lets somebody else answer what the code of a call asks: this thread serves every call.
  private boolean answer(Asked asked, String id, String question) {
    return asked.answer(
        question.getBytes(StandardCharsets.UTF_8),
        answer -> {
          var texts = List.of(id, Json.write(answer.head()), answer.text());
          send(null, frame('A', asked.number, Duration.ZERO, texts));
        });
  }

  private static @Nullable List<String> texts(ByteBuffer frame) {
    var texts = new ArrayList<String>();
    while (frame.hasRemaining()) {
      var length = frame.remaining() < Integer.BYTES ? -1 : frame.getInt();
      if (length < 0 || length > frame.remaining()) {
        return null;
      }
      var bytes = new byte[length];
      frame.get(bytes);
      texts.add(new String(bytes, StandardCharsets.UTF_8));
    }
    return texts;
  }

  private void end(String complaint, boolean outOfMemory) {
    writing.lock();
    try {
      dead = true;
    } finally {
      writing.unlock();
    }
    hello.completeExceptionally(failed(complaint));
    var lost = new Reply.Lost(outOfMemory, calls.size() == 1);
    calls.values().forEach(asked -> asked.reply.complete(lost));
    calls.clear();
    ended.run();
  }

  /// Asks something. Does not wait: a worker that no longer reads would hold the caller beyond its
  /// time.
  ///
  /// @param outlet what the code may ask for while it runs; null: nothing
  Asked begin(char order, Duration time, List<String> texts, @Nullable Outlet outlet) {
    var asked = new Asked(numbers.incrementAndGet(), time, outlet);
    var frame = frame(order, asked.number, time, texts);
    Thread.startVirtualThread(() -> send(asked, frame));
    return asked;
  }

  /// Asks the worker to end a call.
  void stop(Asked asked) {
    var frame = frame('K', asked.number, Duration.ZERO, List.of());
    Thread.startVirtualThread(() -> send(null, frame));
  }

  private static byte[] frame(char order, long number, Duration time, List<String> texts) {
    var parts = texts.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    var size = 13 + parts.stream().mapToInt(part -> 4 + part.length).sum();
    var frame = ByteBuffer.allocate(4 + size);
    frame.putInt(size).put((byte) order).putLong(number).putInt((int) time.toMillis());
    parts.forEach(part -> frame.putInt(part.length).put(part));
    return frame.array();
  }

  private void send(@Nullable Asked asked, byte[] frame) {
    writing.lock();
    try {
      if (dead) {
        if (asked != null) {
          asked.reply.complete(new Reply.Lost(false, false));
        }
        return;
      }
      if (asked != null) {
        calls.put(asked.number, asked);
      }
      write(frame);
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
      var out = running.getOutputStream();
      out.write(frame);
      out.flush();
    } catch (IOException e) {
      running.destroyForcibly();
    }
  }

  /// Ends the process now.
  void kill() {
    var running = process;
    if (running != null) {
      running.destroyForcibly();
    }
  }
}
