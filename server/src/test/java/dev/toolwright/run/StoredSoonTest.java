package dev.toolwright.run;

import static dev.toolwright.run.Acts.completed;
import static dev.toolwright.run.Acts.done;
import static dev.toolwright.run.Acts.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a step without an effect came to is stored a moment later, with whatever comes next.
@SuppressWarnings("NullAway.Init")
class StoredSoonTest {
  private static RunFixture fixture;

  @BeforeAll
  static void open() {
    fixture = new RunFixture();
  }

  @AfterAll
  static void close() {
    fixture.close();
  }

  private static Set<String> stored(Run run) {
    return fixture.runs.steps(run).keySet();
  }

  @Test
  void all_that_led_to_an_effect_is_stored_before_it_happens() {
    var seen = new ArrayList<String>();
    var program =
        RunFixture.program(journal -> {
          step(journal, "look", Effect.NONE, _ -> done("looked"));
          step(journal, "look/again", Effect.NONE, _ -> done("looked again"));
          step(
              journal,
              "pay",
              Effect.ONCE,
              _ -> {
                seen.addAll(stored(journal.run()));
                return done("paid");
              });
          assertThat(stored(journal.run())).contains("pay");
          return completed();
        });
    fixture.node(1, program);
    fixture.until(fixture.submit(program), RunState.COMPLETED);
    assertThat(seen).containsExactlyInAnyOrder("look", "look/again", "pay");
  }

  @Test
  void it_is_stored_while_the_next_step_still_acts() {
    var goOn = new CountDownLatch(1);
    var program =
        RunFixture.program(journal -> {
          step(journal, "look", Effect.NONE, _ -> done("looked"));
          step(
              journal,
              "think",
              Effect.NONE,
              _ -> {
                goOn.await();
                return done("thought");
              });
          return completed();
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(stored(run)).containsExactly("look"));
    goOn.countDown();
    fixture.until(run, RunState.COMPLETED);
    assertThat(stored(run)).containsExactlyInAnyOrder("look", "think");
    assertThat(fixture.events(run))
        .filteredOn(event -> event.type().equals("step"))
        .extracting(event -> event.data().path("says").asString(""))
        .containsExactly("looked", "thought");
  }

  @Test
  void an_owner_that_was_replaced_stores_nothing_and_does_no_more() throws Exception {
    var lost = new CountDownLatch(1);
    var refused = new CountDownLatch(1);
    var effects = new AtomicInteger();
    var program =
        RunFixture.program(journal -> {
          if (journal.run().fence() > 1) {
            return completed();
          }
          fixture.sql("update run set fence = fence + 1 where id = '" + journal.run().id() + "'");
          step(journal, "look", Effect.NONE, _ -> done("looked"));
          lost.countDown();
          try {
            step(
                journal,
                "pay",
                Effect.ONCE,
                _ -> {
                  effects.incrementAndGet();
                  return done("paid");
                });
          } catch (StaleOwner e) {
            refused.countDown();
            throw e;
          }
          return completed();
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    lost.await();
    refused.await();
    assertThat(effects).hasValue(0);
    assertThat(List.copyOf(stored(run))).isEmpty();
  }

  @Test
  void what_has_happened_is_stored_though_the_session_breaks() {
    var effects = new AtomicInteger();
    var program =
        RunFixture.program(journal -> {
          var paid =
              step(
                  journal,
                  "pay",
                  Effect.ONCE,
                  _ -> {
                    effects.incrementAndGet();
                    fixture.one(
                        """
                        select count(pg_terminate_backend(pid)) from pg_stat_activity
                        where application_name = 'toolwright-journal' and datname = current_database()
                        """,
                        Integer.class);
                    return done("paid");
                  });
          return new Halt.Completed(Json.object().put("state", paid.state().name()));
        });
    fixture.node(1, program);
    var run = fixture.until(fixture.submit(program), RunState.COMPLETED);
    assertThat(effects).hasValue(1);
    assertThat(fixture.runs.data(run).result()).hasToString("{\"state\":\"DONE\"}");
    assertThat(run.revived()).isZero();
    assertThat(fixture.events(run)).filteredOn(one -> one.type().equals("step")).hasSize(1);
  }
}
