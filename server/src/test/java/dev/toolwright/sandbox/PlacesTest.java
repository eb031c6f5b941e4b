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
    assertThat(places.take("a", "ann", NOW)).isTrue();
    assertThat(places.take("a", "bea", NOW)).isTrue();
    assertThat(places.take("a", "cho", NOW)).isFalse();
    assertThat(places.take("b", "dan", NOW)).isTrue();
    assertThat(places.take("c", "eli", NOW)).isTrue();
    assertThat(places.take("d", "fay", NOW)).isFalse();
    places.give("a", "ann");
    assertThat(places.take("d", "fay", NOW)).isTrue();
  }

  @Test
  void a_user_holds_at_most_half_of_the_share_of_a_workspace() throws Exception {
    var places = new Places(8);
    assertThat(places.take("a", "ann", NOW)).isTrue();
    assertThat(places.take("a", "ann", NOW)).isTrue();
    assertThat(places.take("a", "ann", NOW)).isFalse();
    assertThat(places.take("b", "ann", NOW)).isTrue();
    assertThat(places.take("a", "bea", NOW)).isTrue();
    places.give("a", "ann");
    assertThat(places.take("a", "ann", NOW)).isTrue();
  }

  @Test
  void the_last_place_of_a_workspace_is_for_a_user_who_holds_none() throws Exception {
    var places = new Places(8);
    for (var user : new String[] {"ann", "ann", "bea"}) {
      assertThat(places.take("a", user, NOW)).isTrue();
    }
    assertThat(places.take("a", "bea", NOW)).isFalse();
    assertThat(places.take("a", "cho", NOW)).isTrue();
  }

  @Test
  void a_place_given_back_goes_to_one_who_waits() throws Exception {
    var places = new Places(1);
    assertThat(places.take("a", "ann", NOW)).isTrue();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var waiting = threads.submit(() -> places.take("b", "bea", LONG));
      places.give("a", "ann");
      assertThat(waiting.get(5, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(places.take("a", "ann", NOW)).isFalse();
  }

  @Test
  void an_interrupted_wait_holds_nothing() throws Exception {
    var places = new Places(1);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> places.take("a", "ann", LONG))
        .isInstanceOf(InterruptedException.class);
    assertThat(places.take("b", "bea", NOW)).isTrue();
  }
}
