package dev.toolwright.model;

import dev.toolwright.egress.EgressResponse;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// How long a provider asks us to wait: `retry-after-ms`, or `Retry-After` in seconds (decimals
/// allowed) or as an HTTP date.
final class RetryAfter {
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final int MAX_LENGTH = 64;

  private RetryAfter() {}

  /// From nothing to a day; null when there is no header that can be read.
  static @Nullable Duration of(EgressResponse response, Clock clock) {
    var milliseconds = number(response.header("retry-after-ms").orElse(""));
    if (milliseconds != null) {
      return bounded(milliseconds.movePointRight(6));
    }
    var text = response.header("retry-after").orElse("").strip();
    var seconds = number(text);
    return seconds != null ? bounded(seconds.movePointRight(9)) : until(text, clock);
  }

  private static @Nullable BigDecimal number(String text) {
    // A short plain number only: an exponent could make it gigabytes long.
    if (text.length() > MAX_LENGTH || !text.strip().matches("-?\\d+(\\.\\d+)?")) {
      return null;
    }
    return new BigDecimal(text.strip());
  }

  private static Duration bounded(BigDecimal nanoseconds) {
    var longest = BigDecimal.valueOf(LONGEST.toNanos());
    return Duration.ofNanos(nanoseconds.min(longest).max(BigDecimal.ZERO).longValue());
  }

  private static @Nullable Duration until(String date, Clock clock) {
    try {
      var at = ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return bounded(
          BigDecimal.valueOf(Duration.between(clock.instant(), at).toMillis()).movePointRight(6));
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
