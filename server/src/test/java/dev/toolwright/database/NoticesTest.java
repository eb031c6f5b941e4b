package dev.toolwright.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init")
class NoticesTest {
  private static TestDatabase test;

  @BeforeAll
  static void open() {
    test = TestDatabase.fresh();
  }

  @AfterAll
  static void close() {
    test.close();
  }

  private static void untilListening(int nodes) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() ->
            test.database()
                    .direct(tx ->
                        tx.handle()
                            .createQuery(
                                "select count(*) from pg_stat_activity where application_name = 'toolwright-notices' and datname = current_database() and query = 'listen toolwright'")
                            .mapTo(Integer.class)
                            .one())
                == nodes);
  }

  @Test
  void a_notice_is_heard_here_at_once_and_elsewhere_soon_but_only_by_its_topic()
      throws InterruptedException {
    try (var one = new Notices(test.database(), "one");
        var two = new Notices(test.database(), "two")) {
      untilListening(2);
      var here = new Semaphore(0);
      var there = new Semaphore(0);
      var other = new Semaphore(0);
      one.subscribe("topic", here::release);
      one.subscribe("other", other::release);
      var subscription = two.subscribe("topic", there::release);
      here.drainPermits();
      there.drainPermits();
      other.drainPermits();
      one.add("topic");
      assertThat(here.tryAcquire()).isTrue();
      assertThat(there.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
      subscription.close();
      subscription.close();
      one.add("topic");
      one.add("after");
      var after = new Semaphore(0);
      two.subscribe("after", after::release);
      one.add("after");
      assertThat(after.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
      assertThat(there.availablePermits()).isZero();
      assertThat(other.availablePermits()).isZero();
    }
    untilListening(0);
  }

  @Test
  void more_topics_than_one_notice_holds_all_arrive() {
    try (var one = new Notices(test.database(), "three");
        var two = new Notices(test.database(), "four")) {
      untilListening(2);
      var heard = new CopyOnWriteArrayList<String>();
      var topics = new ArrayList<String>();
      IntStream.range(0, 600).forEach(i -> topics.add("run/run_0123456789abcdef0123" + i));
      topics.forEach(topic -> two.subscribe(topic, () -> heard.add(topic)));
      topics.forEach(one::add);
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(heard).containsAll(topics));
    }
  }

  @Test
  void a_text_is_heard_here_and_elsewhere_only_when_it_is_said_there_too() throws Exception {
    try (var one = new Notices(test.database(), "six");
        var two = new Notices(test.database(), "seven")) {
      untilListening(2);
      var here = new CopyOnWriteArrayList<String>();
      var there = new LinkedBlockingQueue<String>();
      assertThat(one.isHeard("topic")).isFalse();
      try (var _ = one.listen("topic", here::add);
          var _ = two.listen("topic", there::add)) {
        assertThat(one.isHeard("topic")).isTrue();
        one.say("topic", "only here", false);
        one.say("topic", "too long" + "x".repeat(10_000), true);
        one.say("topic", "grüße: 😀\u0000 \n", true);
        assertThat(here).hasSize(3).contains("only here", "grüße: 😀\u0000 \n");
        assertThat(there.poll(5, TimeUnit.SECONDS)).isEqualTo("grüße: 😀\u0000 \n");
        one.say("other", "x", true);
        one.add("topic");
      }
      assertThat(one.isHeard("topic")).isFalse();
      assertThat(there).isEmpty();
    }
  }

  @Test
  void a_listener_that_lost_its_connection_listens_again_and_looks_once() throws Exception {
    try (var one = new Notices(test.database(), "five")) {
      untilListening(1);
      var hints = new Semaphore(0);
      one.subscribe("topic", hints::release);
      hints.drainPermits();
      test.database()
          .useTx(tx ->
              tx.handle()
                  .execute(
                      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'toolwright-notices' and datname = current_database()"));
      assertThat(hints.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
    }
  }
}
