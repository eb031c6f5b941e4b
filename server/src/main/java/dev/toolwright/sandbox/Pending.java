package dev.toolwright.sandbox;

import java.util.concurrent.CompletableFuture;

/// A call that a child is working on. `answered` completes as soon as nothing more can change the
/// result; `ended` runs once, when the child is gone.
final class Pending {
  final long number;
  final ChildOutput output;
  final CompletableFuture<Ending> answered = new CompletableFuture<>();
  private final Runnable ended;

  /// Nobody waits for it any more.
  volatile boolean unwanted;

  Pending(long number, ChildOutput output, Runnable ended) {
    this.number = number;
    this.output = output;
    this.ended = ended;
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

  void add(byte[] bytes) {
    if (output.add(bytes)) {
      answered.complete(Ending.ANSWERED);
    }
  }

  void end(Ending ending) {
    ended.run();
    answered.complete(ending);
  }
}
