package dev.toolwright.mcp;

import dev.toolwright.database.Fresh;
import dev.toolwright.database.Notices;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// When what clients list may have changed. It is a hint: whoever waits for it also looks now and
/// then.
public final class Changes {
  private static final int MOST_KEPT = 200;

  private final Notices notices;
  private final List<String> topics;

  /// @param topics of the notices that something changed
  public Changes(Notices notices, List<String> topics) {
    this.notices = notices;
    this.topics = List.copyOf(topics);
  }

  /// Bytes that were prepared for a key, kept for two seconds or until something changes.
  public final class Prepared<K> {
    private final Fresh<K, byte[]> kept = new Fresh<>(MOST_KEPT);

    private Prepared() {
      topics.forEach(topic -> notices.subscribe(topic, kept::clear));
    }

    public byte[] get(K key, Supplier<byte[]> prepare) {
      return kept.get(key, () -> Optional.of(prepare.get())).orElseThrow();
    }
  }

  public <K> Prepared<K> prepared() {
    return new Prepared<>();
  }

  /// Hears of changes until it is closed.
  public Heard hear() {
    return new Heard();
  }

  /// What was heard until now.
  public final class Heard implements AutoCloseable {
    private final Semaphore hints = new Semaphore(0);
    private final List<Notices.Subscription> subscriptions;

    private Heard() {
      subscriptions =
          topics.stream().map(topic -> notices.subscribe(topic, hints::release)).toList();
    }

    /// Waits for a change since the last time; whether there was one.
    public boolean await(Duration time) throws InterruptedException {
      var heard = hints.tryAcquire(time.toNanos(), TimeUnit.NANOSECONDS);
      hints.drainPermits();
      return heard;
    }

    @Override
    public void close() {
      subscriptions.forEach(Notices.Subscription::close);
    }
  }
}
