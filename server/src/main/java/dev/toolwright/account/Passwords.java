package dev.toolwright.account;

import com.password4j.Argon2Function;
import com.password4j.types.Argon2;
import dev.toolwright.http.Problem;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Argon2id hashes of passwords: 19 MiB, two passes, one lane. At most two are computed at a time,
/// so that sign-ins can take neither the memory nor the processors from the rest.
final class Passwords {
  private static final int MEMORY_KIB = 19_456;
  private static final int PASSES = 2;
  private static final int LANES = 1;
  private static final int HASH_BYTES = 32;
  private static final int SALT_BYTES = 16;
  private static final int AT_ONCE = 2;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  /// Checked in place of a hash that is not there, so that the time taken tells nothing. No
  /// password is known to match it.
  private static final String NO_ONES =
      "$argon2id$v=19$m=19456,t=2,p=1$bm8gb25lJ3Mgc2FsdCA6KQ"
          + "$hJ6ZBQ0Vt9Yx1kq7mC3sUe5wRz8LnGpTdAo2iFbXjNc";

  private final SecureRandom random = new SecureRandom();
  private final Semaphore permits = new Semaphore(AT_ONCE, true);

  String hash(String password) throws InterruptedException {
    acquire();
    try {
      var salt = new byte[SALT_BYTES];
      random.nextBytes(salt);
      return Argon2Function.getInstance(MEMORY_KIB, PASSES, LANES, HASH_BYTES, Argon2.ID)
          .hash(password.getBytes(StandardCharsets.UTF_8), salt)
          .getResult();
    } finally {
      permits.release();
    }
  }

  /// Whether `password` is the one hashed; with no hash never, after the same time.
  ///
  /// @param admission asked again once it is this one's turn: of many guesses sent at once, those
  ///   that come after enough failures are refused without being tried
  boolean matches(String password, @Nullable String hash, Runnable admission)
      throws InterruptedException {
    acquire();
    try {
      admission.run();
      var known = hash == null ? NO_ONES : hash;
      var matches =
          Argon2Function.getInstanceFromHash(known)
              .check(
                  password.getBytes(StandardCharsets.UTF_8),
                  known.getBytes(StandardCharsets.UTF_8));
      return matches && hash != null;
    } finally {
      permits.release();
    }
  }

  private void acquire() throws InterruptedException {
    if (!permits.tryAcquire(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
      throw Problem.retryLater(
          Problem.Kind.UNAVAILABLE, "Too many sign-ins at this moment", Duration.ofSeconds(5));
    }
  }
}
