package dev.toolwright.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.account.TurnedClock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private final TurnedClock clock = new TurnedClock(Instant.EPOCH);
  private final Backoff backoff = new Backoff(clock);

  private Duration pause() {
    var pause = Duration.ZERO;
    while (!backoff.isOver("tool", "one")) {
      clock.turn(Duration.ofMillis(500));
      pause = pause.plusMillis(500);
    }
    backoff.attempted("tool", "one");
    return pause.truncatedTo(ChronoUnit.SECONDS);
  }

  @Test
  void pauses_double_up_to_a_minute_until_it_runs_well_or_is_something_else() {
    for (var seconds : new int[] {0, 1, 2, 4, 8, 16, 32, 60, 60}) {
      assertThat(pause()).hasSeconds(seconds);
    }
    assertThat(backoff.isOver("tool", "two")).isTrue();
    assertThat(backoff.isOver("another", "one")).isTrue();
    backoff.forget("tool");
    assertThat(pause()).isZero();
    assertThat(backoff.isOver("tool", "one")).isFalse();
    backoff.keep(Set.of());
    assertThat(backoff.isOver("tool", "one")).isTrue();
  }
}
