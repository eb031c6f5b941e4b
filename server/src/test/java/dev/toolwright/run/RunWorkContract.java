package dev.toolwright.run;

import static dev.toolwright.run.Acts.completed;
import static dev.toolwright.run.Acts.done;
import static dev.toolwright.run.Acts.numbers;
import static dev.toolwright.run.Acts.onceStep;
import static dev.toolwright.run.Acts.question;
import static dev.toolwright.run.Acts.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Runs as nodes work on them.
@SuppressWarnings("NullAway.Init")
abstract class RunWorkContract {
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
  void two_nodes_share_runs_and_never_work_on_one_together() throws Exception {
    Map<String, Integer> working = new ConcurrentHashMap<>();
    Set<String> together = ConcurrentHashMap.newKeySet();
    var acts = new AtomicInteger();
    var program =
        RunFixture.program(journal -> {
          if (working.merge(journal.run().id(), 1, Integer::sum) > 1) {
            together.add(journal.run().id());
          }
          for (var i = 0; i < 3; i++) {
            step(
                journal,
                "s" + i,
                Effect.NONE,
                _ -> {
                  acts.incrementAndGet();
                  return done("s");
                });
          }
          working.merge(journal.run().id(), -1, Integer::sum);
          return completed();
        });
    fixture.node(4, program);
    fixture.node(4, program);
    var runs = IntStream.range(0, 100).mapToObj(_ -> fixture.submit(program)).toList();
    for (var run : runs) {
      fixture.until(run, RunState.COMPLETED);
    }
    assertThat(together).isEmpty();
    assertThat(acts).hasValue(300);
  }

  @Test
  void events_of_parallel_steps_are_gapless_and_end_with_done() throws Exception {
    var program =
        RunFixture.program(journal -> {
          try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var parts = new ArrayList<Callable<Step>>();
            for (var i = 0; i < 30; i++) {
              var key = "part/" + i;
              parts.add(() -> step(journal, key, Effect.REPEATABLE, _ -> done(key)));
            }
            assertThat(threads.invokeAll(parts)).hasSize(30);
          }
          return completed();
        });
    fixture.node(2, program);
    var run = fixture.until(fixture.submit(program), RunState.COMPLETED);
    var events = fixture.events(run);
    assertThat(events).extracting(RunEvent::seq).isEqualTo(numbers(1, events.size()));
    assertThat(events.stream().filter(event -> event.type().equals("step"))).hasSize(30);
    assertThat(events.getLast().type()).isEqualTo("done");
    assertThat(run.seq()).isEqualTo(events.size());
    assertThat(run.stepsDone()).isEqualTo(30);

    var heard = new ArrayList<Long>();
    fixture.runs.follow(
        run,
        10,
        some -> {
          some.forEach(event -> heard.add(event.seq()));
          return true;
        });
    assertThat(heard).isEqualTo(numbers(11, events.size()));
  }

  @Test
  void a_follower_hears_a_live_run_to_its_end() throws Exception {
    var go = new Semaphore(0);
    var program =
        RunFixture.program(journal -> {
          step(
              journal,
              "a",
              Effect.NONE,
              _ -> {
                go.acquire();
                return done("a");
              });
          return completed();
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    var types = new ArrayList<String>();
    fixture.runs.follow(
        run,
        0,
        events -> {
          events.forEach(event -> types.add(event.type()));
          if (types.size() >= 2) {
            go.release();
          }
          return true;
        });
    assertThat(types).containsExactly("state", "state", "step", "state", "done");
  }

  @Test
  void a_repeatable_step_in_flight_is_repeated_under_the_same_key_and_finished_ones_are_not()
      throws Exception {
    var keys = new ArrayList<String>();
    var finished = new AtomicInteger();
    var program =
        RunFixture.program(journal -> {
          step(
              journal,
              "first",
              Effect.ONCE,
              _ -> {
                finished.incrementAndGet();
                return done("first");
              });
          step(
              journal,
              "second",
              Effect.REPEATABLE,
              key -> {
                keys.add(key);
                if (keys.size() == 1) {
                  throw new IllegalStateException("dies here");
                }
                return done("second");
              });
          return completed();
        });
    fixture.node(1, program);
    var run = fixture.until(fixture.submit(program), RunState.COMPLETED);
    assertThat(finished).hasValue(1);
    assertThat(keys).containsExactly(run.id() + "/second", run.id() + "/second");
    assertThat(run.revived()).isZero();
  }

  @Test
  void a_once_step_in_flight_is_unknown_and_a_person_says_it_happened() throws Exception {
    var acts = new AtomicInteger();
    var program = onceStep(acts, 1);
    fixture.node(1, program);
    var run = fixture.asked(fixture.submit(program), 1);
    assertThat(fixture.runs.openWaits(run))
        .extracting(Wait::reason)
        .containsExactly(Wait.OUTCOME_UNKNOWN);
    fixture.resolve(run, "done", Json.object().put("receipt", 7));
    var ended = fixture.until(run, RunState.COMPLETED);
    assertThat(acts).hasValue(1);
    assertThat(String.valueOf(fixture.data(ended).result())).contains("\"receipt\":7");
    assertThatThrownBy(() -> fixture.resolve(ended, "done", null))
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.kind()).isEqualTo(Problem.Kind.CONFLICT));
  }

  @Test
  void a_person_may_say_that_it_failed() throws Exception {
    var program = onceStep(new AtomicInteger(), 1);
    fixture.node(1, program);
    var run = fixture.asked(fixture.submit(program), 1);
    fixture.resolve(run, "fail", null);
    var ended = fixture.until(run, RunState.COMPLETED);
    assertThat(String.valueOf(fixture.data(ended).result()))
        .contains("FAILED", "resolved_as_failed");
  }

  @Test
  void a_repeated_step_whose_outcome_is_unknown_again_is_asked_about_again() throws Exception {
    var acts = new AtomicInteger();
    var program = onceStep(acts, 2);
    fixture.node(1, program);
    var run = fixture.asked(fixture.submit(program), 1);
    for (var attempt = 1; attempt <= 2; attempt++) {
      fixture.asked(run, attempt);
      fixture.resolve(run, "repeat", null);
    }
    fixture.until(run, RunState.COMPLETED);
    assertThat(acts).hasValue(3);
  }

  @Test
  void an_answer_that_comes_while_the_run_is_at_work_is_kept() throws Exception {
    var working = new Semaphore(0);
    var answered = new Semaphore(0);
    var program =
        RunFixture.program(journal -> {
          var waits = new ArrayList<Wait>();
          for (var key : List.of("a", "b")) {
            var step =
                step(
                    journal,
                    key,
                    Effect.ONCE,
                    _ ->
                        new Journal.Acted(
                            Step.State.UNKNOWN, null, null, List.of(), List.of(), ""));
            if (step.state() == Step.State.UNKNOWN) {
              waits.add(question(step));
            }
          }
          if (waits.size() == 1) {
            working.release();
            answered.acquire();
          }
          return waits.isEmpty() ? completed() : new Halt.Parked(waits);
        });
    fixture.node(1, program);
    var run = fixture.until(fixture.submit(program), RunState.WAITING);
    fixture.runs.resolve(run, "a", "done", null, "ada");
    working.acquire();
    fixture.runs.resolve(run, "b", "done", null, "ada");
    answered.release(9);
    fixture.until(run, RunState.COMPLETED);
  }

  @Test
  void the_listener_hears_each_end_once_and_its_failure_undoes_the_end() throws Exception {
    var heard = new AtomicInteger();
    var program = RunFixture.program(_ -> completed());
    fixture.listeners.put(
        program.name(),
        (_, _) -> {
          if (heard.incrementAndGet() == 1) {
            throw new IllegalStateException("not stored");
          }
        });
    fixture.node(1, program);
    var run = fixture.until(fixture.submit(program), RunState.COMPLETED);
    assertThat(heard).hasValue(2);
    assertThat(fixture.events(run).stream().filter(event -> event.type().equals("done")))
        .hasSize(1);
  }

  @Test
  void odd_characters_from_outside_do_not_stop_a_run() throws Exception {
    var odd = "a\u0000b\ud800c";
    var program =
        RunFixture.program(journal -> {
          journal.perform(
              Step.intent("odd", Effect.NONE, odd, Json.object().put("x", odd)),
              _ ->
                  new Journal.Acted(
                      Step.State.DONE,
                      Json.object().put("x", odd),
                      null,
                      List.of(RunEvent.of("step", Json.object().put("x", odd))),
                      List.of(),
                      odd));
          return new Halt.Completed(Json.object().put("x", odd));
        });
    fixture.node(1, program);
    fixture.until(fixture.submit(program), RunState.COMPLETED);
  }

  @Test
  void recent_runs_are_filtered_by_user_and_state_newest_first() throws Exception {
    var program = RunFixture.program(_ -> completed());
    var by = fixture.newWorkspace();
    var runs = new ArrayList<Run>();
    for (var i = 0; i < 3; i++) {
      runs.add(fixture.submit(by, program.name(), null, Duration.ofHours(1)));
    }
    fixture.runs.cancel(runs.getFirst());
    assertThat(fixture.runs.recent(by.workspaceId(), by.userId(), null, null, 10, 0))
        .extracting(recent -> recent.run().id())
        .hasSize(3)
        .isSortedAccordingTo((a, b) -> b.compareTo(a));
    assertThat(fixture.runs.recent(by.workspaceId(), null, RunState.CANCELLED, null, 10, 0))
        .extracting(recent -> recent.run().id(), RecentRun::error)
        .containsExactly(tuple(runs.getFirst().id(), "Cancelled by a user"));
    assertThat(fixture.runs.recent(by.workspaceId(), "somebody", null, null, 10, 0)).isEmpty();
    assertThat(fixture.runs.recent(by.workspaceId(), by.userId(), null, null, 2, 2)).hasSize(1);
    assertThat(fixture.runs.find(fixture.user.workspaceId(), runs.getFirst().id())).isEmpty();
  }

  @Test
  void runs_that_ended_long_ago_are_deleted_with_all_that_belongs_to_them() throws Exception {
    var program = RunFixture.program(_ -> completed());
    var by = fixture.newWorkspace();
    var ended = fixture.submit(by, program.name(), null, Duration.ofHours(1));
    var going = fixture.submit(by, program.name(), null, Duration.ofHours(1));
    fixture.runs.cancel(ended);
    fixture.runs.forget(Instant.now().minus(Duration.ofHours(1)));
    assertThat(fixture.runs.find(by.workspaceId(), ended.id())).isPresent();
    fixture.runs.forget(Instant.now().plus(Duration.ofHours(1)));
    assertThat(fixture.runs.find(by.workspaceId(), ended.id())).isEmpty();
    assertThat(fixture.runs.find(by.workspaceId(), going.id())).isPresent();
    var left =
        fixture.database.direct(tx ->
            tx.handle()
                .createQuery(
                    """
                    select (select count(*) from run_event where run_id = :run)
                         + (select count(*) from run_data where run_id = :run)
                         + (select count(*) from run_step where run_id = :run)
                    """)
                .bind("run", ended.id())
                .mapTo(Integer.class)
                .one());
    assertThat(left).isZero();
  }
}
