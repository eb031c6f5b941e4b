package dev.toolwright.account;

import dev.toolwright.http.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Slows guessing: after five failures of one username from one address, each further one doubles
/// the pause, from a second to fifteen minutes. An hour of quiet forgets them. Kept in memory, for
/// the 10 000 latest pairs.
final class SignInAttempts {
  private static final int FREE = 5;
  private static final int MOST_DOUBLINGS = 20;
  private static final Duration LONGEST = Duration.ofMinutes(15);
  private static final Duration MEMORY = Duration.ofHours(1);
  private static final int MOST_PAIRS = 10_000;

  private record Pair(String username, String address) {}

  private record Failures(int count, Instant last, Instant blockedUntil) {}

  private final InstantSource clock;
  private final Map<Pair, Failures> failures =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Pair, Failures> eldest) {
          return size() > MOST_PAIRS;
        }
      };

  SignInAttempts(InstantSource clock) {
    this.clock = clock;
  }

  /// @throws Problem 429 while the pair is paused
  synchronized void admit(String username, String address) {
    var known = failures.get(pair(username, address));
    var now = clock.instant();
    if (known != null && now.isBefore(known.blockedUntil())) {
      throw Problem.retryLater(
          Problem.Kind.LIMITED,
          "Too many failed sign-ins; wait before the next",
          Duration.between(now, known.blockedUntil()));
    }
  }

  synchronized void failed(String username, String address) {
    var pair = pair(username, address);
    var now = clock.instant();
    var known = failures.remove(pair);
    var count = known == null || known.last().isBefore(now.minus(MEMORY)) ? 1 : known.count() + 1;
    failures.put(pair, new Failures(count, now, now.plus(pause(count))));
  }

  synchronized void succeeded(String username, String address) {
    failures.remove(pair(username, address));
  }

  private static Duration pause(int count) {
    if (count < FREE) {
      return Duration.ZERO;
    }
    var pause = Duration.ofSeconds(1L << Math.min(count - FREE, MOST_DOUBLINGS));
    return pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
  }

  private static Pair pair(String username, String address) {
    return new Pair(username.toLowerCase(Locale.ROOT), address);
  }
}
