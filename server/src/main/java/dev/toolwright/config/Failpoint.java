package dev.toolwright.config;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Places where a test can make the process die as if by `kill -9`. `TOOLWRIGHT_FAILPOINT=name`
/// kills at the first hit of that place, `name:3` at the third. Unset, a hit costs a comparison
/// with null.
public final class Failpoint {
  private static final @Nullable String ARMED = System.getenv("TOOLWRIGHT_FAILPOINT");
  private static final AtomicInteger HITS = new AtomicInteger();

  private Failpoint() {}

  public static void hit(String name) {
    if (ARMED == null || !(ARMED.equals(name) || ARMED.startsWith(name + ":"))) {
      return;
    }
    var wanted = ARMED.equals(name) ? 1 : Integer.parseInt(ARMED.substring(name.length() + 1));
    if (HITS.incrementAndGet() == wanted) {
      Runtime.getRuntime().halt(137);
    }
  }
}
