package dev.toolwright;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forgets what is over, every ten minutes. Every node does it; doing it twice does no harm.
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final Duration PAUSE = Duration.ofMinutes(10);

  private final Thread thread;

  Housekeeping(List<Runnable> chores) {
    this.thread = Thread.ofVirtual().name("housekeeping").start(() -> repeat(chores));
  }

  private static void repeat(List<Runnable> chores) {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        for (var chore : chores) {
          try {
            chore.run();
          } catch (RuntimeException e) {
            LOG.warn("Housekeeping is tried again later: {}", e.getClass().getSimpleName());
          }
        }
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
