package dev.toolwright.database;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// What was read from the database in the last two seconds: how long a right that was taken away
/// can still be used at most. Only what was found is kept, at most 10 000 entries or as told; when
/// full it starts anew, which costs reads and nothing else.
public final class Fresh<K, V> {
  private static final long LIFE = Duration.ofSeconds(2).toNanos();
  private static final int MOST = 10_000;

  private record Entry<V>(V value, long readAt) {}

  private final ConcurrentHashMap<K, Entry<V>> entries = new ConcurrentHashMap<>();
  private final AtomicLong cleared = new AtomicLong();
  private final int most;

  public Fresh() {
    this(MOST);
  }

  /// @param most entries
  public Fresh(int most) {
    this.most = most;
  }

  /// The kept value, or what `read` finds.
  public Optional<V> get(K key, Supplier<Optional<V>> read) {
    var entry = entries.get(key);
    var before = System.nanoTime();
    if (entry != null && before - entry.readAt() < LIFE) {
      return Optional.of(entry.value());
    }
    var generation = cleared.get();
    var found = read.get();
    if (found.isEmpty()) {
      entries.remove(key);
    } else {
      if (entries.size() >= most) {
        entries.clear();
      }
      entries.put(key, new Entry<>(found.get(), before));
      // Something changed while we read: what we read may be older than that.
      if (cleared.get() != generation) {
        entries.remove(key);
      }
    }
    return found;
  }

  /// Forgets everything: something changed.
  public void clear() {
    cleared.incrementAndGet();
    entries.clear();
  }
}
