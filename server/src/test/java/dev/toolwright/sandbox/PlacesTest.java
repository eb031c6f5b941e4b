package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PlacesTest {
  private static final long NOW = 1;
  private static final long LONG = TimeUnit.SECONDS.toNanos(10);

  @Test
  void a_workspace_holds_at_most_half() throws Exception {
    var places = new Places(4);
    assertThat(places.take("a", NOW)).isTrue();
    assertThat(places.take("a", NOW)).isTrue();
    assertThat(places.take("a", NOW)).isFalse();
    assertThat(places.take("b", NOW)).isTrue();
    assertThat(places.take("c", NOW)).isTrue();
    assertThat(places.take("d", NOW)).isFalse();
    places.give("a");
    assertThat(places.take("d", NOW)).isTrue();
  }

  @Test
  void a_place_given_back_goes_to_one_who_waits() throws Exception {
    var places = new Places(1);
    assertThat(places.take("a", NOW)).isTrue();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = threads.submit(() -> places.take("b", LONG));
      places.give("a");
      assertThat(waiting.get(5, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(places.take("a", NOW)).isFalse();
  }

  @Test
  void an_interrupted_wait_holds_nothing() throws Exception {
    var places = new Places(1);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> places.take("a", LONG)).isInstanceOf(InterruptedException.class);
    assertThat(places.take("b", NOW)).isTrue();
  }
}
