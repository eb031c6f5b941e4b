package dev.toolwright.sandbox;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A call that a child is working on. [Event.Over] comes as soon as nothing more can change the
/// result; `ended` runs once, when the child is gone.
final class Pending {
  final long number;
  final ChildOutput output;
  private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Runnable ended;

  /// Nobody waits for it any more.
  volatile boolean unwanted;

  /// @param asks whether the child may ask for something
  Pending(long number, byte[] nonce, boolean asks, Runnable ended) {
    this.number = number;
    this.output = asks ? new ChildOutput(nonce, this::asked) : new ChildOutput(nonce);
    this.ended = ended;
  }

  /// What happens to it.
  sealed interface Event {
    /// The child asks for something and waits for the answer.
    record Asked(byte[] question) implements Event {}

    /// The child has taken a piece of an answer and waits for the next.
    record More() implements Event {}

    record Over(Ending ending) implements Event {}
  }

  /// Why a child is gone.
  ///
  /// @param cause see [Cause]
  /// @param status as `wait` reports it: the signal in the low 7 bits, the exit code above 8
  /// @param cpuMillis the processor time it used
  record Ending(Cause cause, int status, int cpuMillis) {
    static final Ending ANSWERED = new Ending(Cause.ENDED, 0, 0);
    static final Ending LOST = new Ending(Cause.LOST, 0, 0);

    int signal() {
      return status & 0x7f;
    }

    int exitCode() {
      return status >> 8 & 0xff;
    }
  }

  /// Who or what ended a child.
  enum Cause {
    /// It ended by itself.
    ENDED,
    /// Its time was over.
    DEADLINE,
    /// We asked.
    ASKED,
    /// It said more than anyone would read.
    FLOOD,
    /// It closed its channel and stayed.
    SILENT,
    /// The whole zygote is gone, and its children with it.
    LOST;

    /// By the number the worker program gives; [#LOST] is none of them.
    static Cause numbered(int number) {
      return switch (number) {
        case 0 -> ENDED;
        case 1 -> DEADLINE;
        case 2 -> ASKED;
        case 3 -> FLOOD;
        case 4 -> SILENT;
        default -> LOST;
      };
    }
  }

  /// The next event; null when there is none in time.
  @Nullable Event next(long nanos) throws InterruptedException {
    return events.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
  }

  void add(byte[] bytes) {
    if (output.add(bytes)) {
      events.add(new Event.Over(Ending.ANSWERED));
    }
  }

  void end(Ending ending) {
    ended.run();
    events.add(new Event.Over(ending));
  }

  /// A child waits after whatever it asks: one that does not is no longer our program.
  private boolean asked(Event event) {
    return events.isEmpty() && events.add(event);
  }
}
