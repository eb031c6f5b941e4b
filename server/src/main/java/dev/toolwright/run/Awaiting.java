package dev.toolwright.run;

import dev.toolwright.database.Notices;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;

/// Waits for runs.
///
/// @param find reads a run anew
/// @param letGo whether to stop waiting, as the node stops
record Awaiting(Notices notices, Function<Run, Optional<Run>> find, BooleanSupplier letGo) {
  /// @param topic of the notices that the run has changed
  /// @return the run as it was last seen
  Run until(Run run, Duration time, String topic, Predicate<RunState> enough)
      throws InterruptedException {
    if (enough.test(run.state())) {
      return run;
    }
    var deadline = System.nanoTime() + time.toNanos();
    var hints = new Semaphore(0);
    try (var _ = notices.subscribe(topic, hints::release)) {
      var now = run;
      while (true) {
        now = find.apply(now).orElse(now);
        var left = deadline - System.nanoTime();
        if (enough.test(now.state()) || left <= 0 || letGo.getAsBoolean()) {
          return now;
        }
        hints.tryAcquire(Math.min(left, Duration.ofSeconds(1).toNanos()), TimeUnit.NANOSECONDS);
        hints.drainPermits();
      }
    }
  }
}
