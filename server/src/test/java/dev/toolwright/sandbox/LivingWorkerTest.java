package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LivingWorkerTest {
  private static final long LONG = TimeUnit.SECONDS.toNanos(10);
  private final AtomicLong clock = new AtomicLong();
  private final AtomicInteger starts = new AtomicInteger();

  private LivingWorker failing(Unfit reason) {
    return new LivingWorker(
        () -> {
          starts.incrementAndGet();
          throw reason;
        },
        clock::get);
  }

  private int startsAfter(LivingWorker worker, int seconds) {
    clock.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    assertThatThrownBy(() -> worker.get(LONG)).isInstanceOf(Unfit.class);
    return starts.get();
  }

  @Test
  void what_failed_for_a_passing_reason_is_tried_again_after_growing_pauses() {
    try (var worker = failing(Unfit.passing("slow", ""))) {
      assertThat(startsAfter(worker, 0)).isEqualTo(1);
      assertThat(startsAfter(worker, 0)).isEqualTo(1);
      assertThat(startsAfter(worker, 1)).isEqualTo(2);
      assertThat(startsAfter(worker, 1)).isEqualTo(2);
      assertThat(startsAfter(worker, 1)).isEqualTo(3);
      assertThat(startsAfter(worker, 3)).isEqualTo(3);
      assertThat(startsAfter(worker, 1)).isEqualTo(4);
    }
  }

  @Test
  void what_a_machine_cannot_do_is_not_tried_again() {
    try (var worker = failing(Unfit.lasting("no Landlock", "install it"))) {
      assertThat(startsAfter(worker, 0)).isEqualTo(1);
      assertThat(startsAfter(worker, 3_600)).isEqualTo(1);
      assertThat(worker.status().howToFix()).isEqualTo("install it");
    }
  }

  @Test
  void nobody_waits_for_a_start_longer_than_they_have_time() throws Exception {
    var never = new CountDownLatch(1);
    var worker =
        new LivingWorker(
            () -> {
              never.await();
              throw Unfit.lasting("", "");
            },
            clock::get);
    try (worker) {
      worker.begin();
      assertThatThrownBy(() -> worker.get(1))
          .isInstanceOfSatisfying(Unfit.class, e -> assertThat(e.passing()).isTrue());
      assertThat(worker.awaitTried(Duration.ofNanos(1)).state())
          .isEqualTo(SandboxStatus.State.STARTING);
    }
    assertThatThrownBy(() -> worker.get(LONG)).hasMessage("The server is stopping.");
  }
}
