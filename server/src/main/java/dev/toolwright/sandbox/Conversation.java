package dev.toolwright.sandbox;

import dev.toolwright.json.Json;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Waits for the end of a call and meanwhile answers what its code asks for, on the thread that
/// waits: one thing at a time.
final class Conversation {
  /// What the smallest pipe can hold.
  static final int PIECE = 4096;

  /// What a worker may take beyond a call's own time before it counts as hung.
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final Zygote worker;
  private final Pending call;
  private final @Nullable Outlet outlet;
  private final long end;

  private Conversation(Zygote worker, Pending call, Duration left, @Nullable Outlet outlet) {
    this.worker = worker;
    this.call = call;
    this.outlet = outlet;
    this.end = System.nanoTime() + left.toNanos();
  }

  /// @param left of the call's time
  /// @throws InterruptedException when the caller is interrupted; the child is ended
  static Pending.Ending hold(Zygote worker, Pending call, Duration left, @Nullable Outlet outlet)
      throws InterruptedException {
    var held = false;
    try {
      var ending = new Conversation(worker, call, left, outlet).hold();
      held = true;
      return ending;
    } finally {
      if (!held) {
        worker.stop(call);
      }
    }
  }

  private Pending.Ending hold() throws InterruptedException {
    var event = next();
    while (true) {
      switch (event) {
        case Pending.Event.Over(var ending) -> {
          return ending;
        }
        case Pending.Event.Asked(var question) -> event = answered(question);
        case Pending.Event.More _ -> {
          // Nothing is owed: it is no longer our program that speaks.
          call.output.forge();
          worker.stop(call);
          event = over();
        }
      }
    }
  }

  /// Sends the answer piece by piece, as the child asks for them.
  ///
  /// @return what comes after the last piece
  private Pending.Event answered(byte[] question) throws InterruptedException {
    var bytes = bytes(Objects.requireNonNull(outlet).take(question).run(left()));
    for (var at = 0; ; at += PIECE) {
      worker.answer(call, Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + PIECE)));
      var event = next();
      if (at + PIECE >= bytes.length || !(event instanceof Pending.Event.More)) {
        return event;
      }
    }
  }

  private static byte[] bytes(Outlet.Answer answer) {
    var head = Json.bytes(answer.head());
    var size = Integer.BYTES + head.length + answer.body().length;
    return ByteBuffer.allocate(Integer.BYTES + size)
        .putInt(size)
        .putInt(head.length)
        .put(head)
        .put(answer.body())
        .array();
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(1_000_000, end - System.nanoTime()));
  }

  private Pending.Event next() throws InterruptedException {
    var event = call.next(end + GRACE.toNanos() - System.nanoTime());
    if (event == null) {
      worker.kill(); // it no longer keeps time: its innocent calls are repeated on a fresh one
      return new Pending.Event.Over(new Pending.Ending(Pending.Cause.DEADLINE, 0, 0));
    }
    return event;
  }

  private Pending.Event over() throws InterruptedException {
    var event = next();
    while (!(event instanceof Pending.Event.Over)) {
      event = next();
    }
    return event;
  }
}
