package dev.toolwright.json;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;

/// Identifiers: a kind's prefix and 24 lower-case hex digits, 12 of them the time in milliseconds,
/// 12 random. Sorting by id is sorting by creation to the millisecond.
public final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final HexFormat HEX = HexFormat.of();

  private Ids() {}

  /// A new id such as `tool_0193…`. `prefix` comes without the underscore.
  public static String next(String prefix) {
    var random = RANDOM.nextLong();
    return prefix
        + '_'
        + HEX.toHexDigits(System.currentTimeMillis(), 12)
        + HEX.toHexDigits(random, 12);
  }

  /// Less than every id of this prefix that was made at `time` or later.
  public static String before(String prefix, Instant time) {
    return prefix + '_' + HEX.toHexDigits(Math.max(0, time.toEpochMilli()), 12);
  }

  /// The same id under another kind's prefix: a run `run_x` is shown as the job `job_x`.
  public static String as(String prefix, String id) {
    return prefix + id.substring(id.indexOf('_'));
  }

  /// `bytes` random bytes as hex, for tokens and passwords.
  public static String random(int bytes) {
    var value = new byte[bytes];
    RANDOM.nextBytes(value);
    return HEX.formatHex(value);
  }
}
