package dev.toolwright.account;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Tokens looked up in the last two seconds, by hash: what a revoked token can still do at most. At
/// most 10 000; when full it starts anew, which costs look-ups and nothing else.
final class TokenCache {
  private static final long LIFE = Duration.ofSeconds(2).toNanos();
  private static final int MOST = 10_000;

  private record Entry(AccountStore.Holder holder, long readAt) {}

  private final ConcurrentHashMap<ByteBuffer, Entry> entries = new ConcurrentHashMap<>();

  AccountStore.@Nullable Holder find(byte[] hash) {
    var entry = entries.get(ByteBuffer.wrap(hash));
    return entry == null || System.nanoTime() - entry.readAt() > LIFE ? null : entry.holder();
  }

  /// @param readAt `System.nanoTime` from before the look-up
  void keep(byte[] hash, AccountStore.Holder holder, long readAt) {
    if (entries.size() >= MOST) {
      entries.clear();
    }
    entries.put(ByteBuffer.wrap(hash), new Entry(holder, readAt));
  }

  void clear() {
    entries.clear();
  }
}
