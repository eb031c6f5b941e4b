package dev.toolwright.run;

import static dev.toolwright.run.Acts.completed;
import static dev.toolwright.run.Acts.done;
import static dev.toolwright.run.Acts.numbers;
import static dev.toolwright.run.Acts.onceStep;
import static dev.toolwright.run.Acts.question;
import static dev.toolwright.run.Acts.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What stops a run, or sets it going again.
@SuppressWarnings("NullAway.Init")
abstract class RunStopsContract {
  /// Whoever extends this opens it.
  static RunFixture fixture;

  @AfterAll
  static void close() {
    fixture.close();
  }

  @AfterEach
  void quiet() {
    fixture.quiet();
  }

  @Test
  void three_revivals_without_progress_park_the_run_and_a_person_lets_it_go_on() throws Exception {
    var broken = new AtomicInteger(3);
    var program =
        RunFixture.program(journal -> {
          if (broken.getAndDecrement() > 0) {
            throw new StackOverflowError();
          }
          return completed();
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    for (var revived = 1; revived <= 3; revived++) {
      var expected = revived;
      await().atMost(Duration.ofSeconds(15)).until(() -> fixture.now(run).revived() == expected);
      fixture.sql("update run set due_at = now() where state = 'waiting' and due_at is not null");
    }
    fixture.asked(run, 0);
    assertThat(fixture.runs.openWaits(fixture.now(run)))
        .extracting(Wait::reason)
        .containsExactly(Wait.NO_PROGRESS);
    fixture.resolve(run, "repeat", null);
    fixture.until(run, RunState.COMPLETED);
  }

  @Test
  void a_run_without_progress_may_be_given_up() throws Exception {
    var program =
        RunFixture.program(_ -> {
          throw new IllegalStateException("always");
        });
    var run = fixture.submit(program);
    fixture.sql("update run set revived = 3 where id = '" + run.id() + "'");
    fixture.node(1, program);
    fixture.until(run, RunState.WAITING);
    assertThat(fixture.resolve(run, "fail", null).state()).isEqualTo(RunState.CANCELLED);
  }

  @Test
  void a_cancelled_run_ends_wherever_it_is() throws Exception {
    var acting = new CountDownLatch(1);
    var program =
        RunFixture.program(journal -> {
          step(
              journal,
              "long",
              Effect.ONCE,
              _ -> {
                acting.countDown();
                new CountDownLatch(1).await();
                return done("never");
              });
          return completed();
        });
    var ready = fixture.submit(program);
    assertThat(fixture.runs.cancel(ready).state()).isEqualTo(RunState.CANCELLED);
    assertThat(fixture.error(ready)).isEqualTo("cancelled");

    fixture.node(1, program);
    var running = fixture.submit(program);
    acting.await();
    var started = System.nanoTime();
    fixture.runs.cancel(running);
    var ended = fixture.until(running, RunState.CANCELLED);
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(1));
    assertThat(fixture.steps(ended)).extracting(Step::state).containsExactly(Step.State.UNKNOWN);
    assertThat(fixture.events(ended).getLast().type()).isEqualTo("done");
    assertThat(fixture.runs.cancel(ended)).isEqualTo(ended);

    var unknown = onceStep(new AtomicInteger(), 1);
    fixture.node(1, unknown);
    var waiting = fixture.asked(fixture.submit(unknown), 1);
    assertThat(fixture.runs.cancel(waiting).state()).isEqualTo(RunState.CANCELLED);
  }

  @Test
  void a_cancel_that_comes_as_the_run_parks_ends_it() throws Exception {
    var go = new Semaphore(0);
    var ready = new Semaphore(0);
    var program =
        RunFixture.program(_ -> {
          ready.release();
          go.acquire();
          return new Halt.Parked(List.of(Wait.forAnswer("w", "callback", null)));
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    ready.acquire();
    fixture.runs.cancel(run);
    go.release(100);
    fixture.until(run, RunState.CANCELLED);
  }

  @Test
  void a_run_past_its_deadline_fails_with_the_word_timeout() throws Exception {
    var program =
        RunFixture.program(journal -> {
          step(
              journal,
              "long",
              Effect.NONE,
              _ -> {
                new CountDownLatch(1).await();
                return done("never");
              });
          return completed();
        });
    fixture.node(1, program);
    var run = fixture.submit(fixture.user, program.name(), null, Duration.ofMillis(300));
    var ended = fixture.until(run, RunState.FAILED);
    assertThat(String.valueOf(fixture.data(ended).error())).contains("timeout");
  }

  @Test
  void a_run_that_waits_for_a_person_ends_at_its_deadline_too() throws Exception {
    var program = onceStep(new AtomicInteger(), 1);
    fixture.node(1, program);
    var run = fixture.asked(fixture.submit(program), 1);
    fixture.sql("update run set due_at = now(), deadline_at = now() where id = '" + run.id() + "'");
    fixture.until(run, RunState.FAILED);
    assertThat(fixture.error(run)).isEqualTo("timeout");
  }

  @Test
  void a_retry_keeps_what_was_finished() throws Exception {
    var acts = new AtomicInteger();
    var works = new AtomicInteger();
    var program =
        RunFixture.program(journal -> {
          step(
              journal,
              "first",
              Effect.ONCE,
              _ -> {
                acts.incrementAndGet();
                return done("first");
              });
          return works.getAndIncrement() == 0
              ? new Halt.Failed("model_error", "no", Json.object().put("partial", 1))
              : completed();
        });
    fixture.node(1, program);
    var run = fixture.until(fixture.submit(program), RunState.FAILED);
    assertThat(fixture.data(run).result()).isEqualTo(Json.object().put("partial", 1));
    var again = fixture.database.inTx(tx -> fixture.runs.retry(tx, run));
    fixture.runs.submitted();
    assertThat(again.attempt()).isEqualTo(2);
    var ended = fixture.until(run, RunState.COMPLETED);
    assertThat(acts).hasValue(1);
    assertThat(fixture.data(ended).error()).isNull();
    assertThatThrownBy(() -> fixture.database.inTx(tx -> fixture.runs.retry(tx, ended)))
        .isInstanceOf(Problem.class);
    var events = fixture.events(ended);
    assertThat(events).extracting(RunEvent::seq).isEqualTo(numbers(1, events.size()));
  }

  @Test
  void a_draining_node_ends_its_step_gives_the_run_back_and_takes_no_more() throws Exception {
    var acting = new Semaphore(0);
    var go = new Semaphore(0);
    var acts = new AtomicInteger();
    var program =
        RunFixture.program(journal -> {
          for (var key : List.of("a", "b")) {
            step(
                journal,
                key,
                Effect.ONCE,
                _ -> {
                  acts.incrementAndGet();
                  acting.release();
                  go.acquire();
                  return done(key);
                });
          }
          return completed();
        });
    var leaving = fixture.node(1, program);
    var first = fixture.submit(program);
    acting.acquire();
    var second = fixture.submit(program);
    var drained = Thread.ofVirtual().start(() -> leaving.drain(Duration.ofSeconds(10)));
    await().until(() -> drained.getState() == Thread.State.TIMED_WAITING);
    go.release();
    drained.join();
    assertThat(fixture.now(first).state()).isEqualTo(RunState.READY);
    assertThat(fixture.now(second).state()).isEqualTo(RunState.READY);
    assertThat(fixture.steps(first))
        .filteredOn(step -> step.key().equals("a"))
        .extracting(Step::state)
        .containsExactly(Step.State.DONE);
    go.release(100);
    fixture.node(2, program);
    fixture.until(first, RunState.COMPLETED);
    fixture.until(second, RunState.COMPLETED);
    assertThat(acts).hasValue(4);
  }

  @Test
  void a_step_that_was_planned_but_not_begun_when_its_node_drained_is_not_asked_about()
      throws Exception {
    var acting = new Semaphore(0);
    var go = new Semaphore(0);
    var paid = new AtomicInteger();
    var program =
        RunFixture.program(journal -> {
          step(
              journal,
              "model",
              Effect.NONE,
              _ -> {
                acting.release();
                go.acquire();
                var pay = Step.intent("pay", Effect.ONCE, "work", Json.object());
                return new Journal.Acted(
                    Step.State.DONE, Json.object(), null, List.of(), List.of(pay), "");
              });
          var pay =
              step(
                  journal,
                  "pay",
                  Effect.ONCE,
                  _ -> {
                    paid.incrementAndGet();
                    return done("paid");
                  });
          return pay.state() == Step.State.UNKNOWN
              ? new Halt.Parked(List.of(question(pay)))
              : completed();
        });
    var leaving = fixture.node(1, program);
    var run = fixture.submit(program);
    acting.acquire();
    var drained = Thread.ofVirtual().start(() -> leaving.drain(Duration.ofSeconds(10)));
    await().until(() -> fixture.one("select bool_or(draining) from node", Boolean.class));
    go.release();
    drained.join();
    fixture.node(1, program);
    fixture.until(run, RunState.COMPLETED);
    assertThat(paid).hasValue(1);
  }
}
