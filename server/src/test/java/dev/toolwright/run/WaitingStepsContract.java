package dev.toolwright.run;

import static dev.toolwright.run.Acts.done;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Steps that act, give the node back and go on with an answer from outside.
@SuppressWarnings("NullAway.Init")
abstract class WaitingStepsContract {
  private static final JsonNode YES = Json.object().put("says", "yes");

  /// Whoever extends this opens it.
  static RunFixture fixture;

  @AfterAll
  static void close() {
    fixture.close();
  }

  private final AtomicInteger acts = new AtomicInteger();
  private final AtomicInteger resumed = new AtomicInteger();

  @AfterEach
  void end() {
    fixture.quiet();
  }

  private static byte[] hash(Run run) {
    return run.id().getBytes(StandardCharsets.US_ASCII);
  }

  /// What is done to the world while the wait is open.
  private interface Deed {
    void with(Journal journal) throws InterruptedException;
  }

  private static final Journal.Acted WAITS =
      new Journal.Acted(
          Step.State.WAITING, Json.object().put("kept", 1), null, List.of(), List.of(), "waits");

  private Step asking(Journal journal, Effect effect, Duration time, Deed deed)
      throws InterruptedException {
    return journal.perform(
        Step.intent("ask", effect, "ask", Json.object().put("of", "me")),
        _ -> {
          journal.open("ask", Wait.CALLBACK, time, hash(journal.run()), Json.object());
          acts.incrementAndGet();
          deed.with(journal);
          return WAITS;
        },
        (step, answer) -> {
          resumed.incrementAndGet();
          var result = Json.object().put("kept", step.result() != null);
          result.put("after", answer.after().toMillis() >= 0);
          return answer.value() == null
              ? new Journal.Acted(Step.State.FAILED, null, result, List.of(), List.of(), "too late")
              : new Journal.Acted(
                  Step.State.DONE,
                  result.set("answer", answer.value()),
                  null,
                  List.of(),
                  List.of(),
                  "answered");
        });
  }

  private Program asks(Effect effect, Duration time, Deed deed) {
    return RunFixture.program(journal -> {
      var step = asking(journal, effect, time, deed);
      var waits = journal.waits(List.of(step));
      return waits.isEmpty()
          ? new Halt.Completed(
              Json.object()
                  .put("state", step.state().name())
                  .set("of", step.state() == Step.State.DONE ? step.result() : step.error()))
          : new Halt.Parked(waits);
    });
  }

  private static boolean answer(Run run, JsonNode value) {
    var waits = new WaitStore();
    return fixture.database.inTx(tx -> {
      var asked = waits.find(tx, run.workspaceId(), hash(run)).orElseThrow();
      if (asked.isOver() || !waits.answerInTime(tx, asked, value, "test")) {
        return false;
      }
      fixture.store.wake(tx, run.workspaceId(), run.id(), false);
      return true;
    });
  }

  private static String result(Run run) {
    return Json.write(fixture.data(run).result());
  }

  @Test
  void a_step_that_was_given_another_address_is_answered_at_the_first_too() {
    var program =
        asks(
            Effect.REPEATABLE,
            Duration.ofMinutes(5),
            journal ->
                journal.open("ask", Wait.CALLBACK, Duration.ofMinutes(5), new byte[] {7}, YES));
    fixture.node(1, program);
    var run = fixture.submit(program);
    fixture.until(run, RunState.WAITING);
    assertThat(answer(run, YES)).isTrue();
    assertThat(answer(run, YES)).isFalse();
    fixture.until(run, RunState.COMPLETED);
    var second =
        fixture.database.inTx(tx -> new WaitStore().find(tx, run.workspaceId(), new byte[] {7}));
    assertThat(second).hasValueSatisfying(one -> assertThat(one.answer()).isEqualTo(YES));
  }

  @Test
  void a_step_that_waits_gives_its_node_back_and_goes_on_with_the_answer() {
    var program = asks(Effect.REPEATABLE, Duration.ofMinutes(5), _ -> {});
    fixture.node(1, program);
    var run = fixture.submit(program);
    fixture.until(run, RunState.WAITING);
    assertThat(fixture.runs.openWaits(fixture.now(run)))
        .singleElement()
        .returns("ask/answer", Wait::key)
        .returns(Wait.CALLBACK, Wait::reason)
        .satisfies(
            wait -> assertThat(wait.due()).isBetween(Duration.ofMinutes(4), Duration.ofMinutes(5)));
    assertThat(answer(run, YES)).isTrue();
    assertThat(answer(run, YES)).isFalse();
    fixture.until(run, RunState.COMPLETED);
    assertThat(result(run))
        .isEqualTo(
            "{\"state\":\"DONE\",\"of\":{\"kept\":true,\"after\":true,\"answer\":{\"says\":\"yes\"}}}");
    assertThat(acts).hasValue(1);
    assertThat(resumed).hasValue(1);
  }

  @Test
  void an_answer_that_comes_while_the_step_still_acts_is_kept() {
    var program =
        asks(
            Effect.REPEATABLE,
            Duration.ofMinutes(5),
            journal -> assertThat(answer(journal.run(), YES)).isTrue());
    fixture.node(1, program);
    var run = fixture.submit(program);
    fixture.until(run, RunState.COMPLETED);
    assertThat(result(run)).contains("\"DONE\"").contains("yes");
    assertThat(acts).hasValue(1);
  }

  @Test
  void without_an_answer_the_step_goes_on_when_its_time_is_over_and_none_is_taken_then() {
    var program = asks(Effect.REPEATABLE, Duration.ofMillis(1), _ -> {});
    fixture.node(1, program);
    var run = fixture.submit(program);
    fixture.until(run, RunState.COMPLETED);
    assertThat(result(run)).contains("\"FAILED\"");
    assertThat(answer(run, YES)).isFalse();
  }

  @Test
  void two_steps_wait_side_by_side_and_one_answer_does_not_touch_the_other() {
    var program =
        RunFixture.program(journal -> {
          var steps = List.of(wait(journal, "a"), wait(journal, "b"));
          var waits = journal.waits(steps);
          return waits.isEmpty() ? Acts.completed() : new Halt.Parked(waits);
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    for (var key : List.of("a", "b")) {
      fixture.until(run, RunState.WAITING);
      var waits = new WaitStore();
      fixture.database.useTx(tx -> {
        var asked =
            waits
                .find(tx, run.workspaceId(), (run.id() + key).getBytes(StandardCharsets.US_ASCII))
                .orElseThrow();
        assertThat(waits.answerInTime(tx, asked, YES, "test")).isTrue();
        fixture.store.wake(tx, run.workspaceId(), run.id(), false);
      });
      if (key.equals("a")) {
        org.awaitility.Awaitility.await()
            .until(() ->
                fixture.steps(run).stream()
                    .anyMatch(step -> step.key().equals("a") && step.state() == Step.State.DONE));
      }
    }
    fixture.until(run, RunState.COMPLETED);
    assertThat(acts).hasValue(2);
    assertThat(resumed).hasValue(2);
  }

  private Step wait(Journal journal, String key) throws InterruptedException {
    return journal.perform(
        Step.intent(key, Effect.REPEATABLE, key, null),
        _ -> {
          journal.open(
              key,
              Wait.CALLBACK,
              Duration.ofMinutes(1),
              (journal.run().id() + key).getBytes(StandardCharsets.US_ASCII),
              Json.object());
          acts.incrementAndGet();
          return WAITS;
        },
        (_, _) -> {
          resumed.incrementAndGet();
          return done(key);
        });
  }

  @Test
  void a_step_whose_node_died_in_it_acts_again_and_keeps_the_time_it_had() throws Exception {
    var dies = new CountDownLatch(1);
    var program =
        asks(
            Effect.REPEATABLE,
            Duration.ofMinutes(5),
            _ -> {
              if (acts.get() == 1) {
                dies.countDown();
                throw new IllegalStateException("dies here");
              }
            });
    fixture.node(1, program);
    var run = fixture.submit(program);
    dies.await();
    fixture.sql(
        "update run_wait set due_at = due_at - interval '4 minutes' where run_id = '"
            + run.id()
            + "'");
    fixture.until(run, RunState.WAITING);
    org.awaitility.Awaitility.await().until(() -> acts.get() == 2);
    fixture.until(run, RunState.WAITING);
    assertThat(fixture.runs.openWaits(fixture.now(run)))
        .singleElement()
        .satisfies(wait -> assertThat(wait.due()).isLessThan(Duration.ofMinutes(1)));
    assertThat(answer(run, YES)).isTrue();
    fixture.until(run, RunState.COMPLETED);
    assertThat(result(run)).contains("\"DONE\"");
  }

  @Test
  void an_answer_shows_that_a_step_happened_whose_node_died_in_it() {
    var program =
        asks(
            Effect.ONCE,
            Duration.ofMinutes(5),
            journal -> {
              assertThat(answer(journal.run(), YES)).isTrue();
              throw new IllegalStateException("dies here");
            });
    fixture.node(1, program);
    var run = fixture.submit(program);
    fixture.until(run, RunState.COMPLETED);
    assertThat(result(run)).contains("\"DONE\"").contains("\"kept\":false");
    assertThat(acts).as("what must not happen twice did not").hasValue(1);
  }

  @Test
  void an_answer_resolves_a_step_whose_outcome_was_unknown() {
    var program =
        asks(
            Effect.ONCE,
            Duration.ofMinutes(5),
            _ -> {
              throw new IllegalStateException("dies here");
            });
    fixture.node(1, program);
    var run = fixture.submit(program);
    fixture.asked(run, 1);
    fixture.until(run, RunState.WAITING);
    org.awaitility.Awaitility.await()
        .until(() ->
            fixture.runs.openWaits(fixture.now(run)).stream()
                .anyMatch(wait -> wait.reason().equals(Wait.OUTCOME_UNKNOWN)));
    assertThat(answer(run, YES)).isTrue();
    fixture.until(run, RunState.COMPLETED);
    assertThat(result(run)).contains("\"DONE\"");
    assertThat(acts).hasValue(1);
  }

  @Test
  void a_step_that_fails_after_all_takes_no_answer_any_more() {
    var program =
        RunFixture.program(journal -> {
          journal.perform(
              Step.intent("ask", Effect.REPEATABLE, "ask", null),
              _ -> {
                journal.open(
                    "ask",
                    Wait.CALLBACK,
                    Duration.ofMinutes(5),
                    hash(journal.run()),
                    Json.object());
                return new Journal.Acted(
                    Step.State.FAILED, null, Json.object(), List.of(), List.of(), "failed");
              },
              (_, _) -> done("never"));
          return new Halt.Parked(List.of(Wait.forAnswer("other", Wait.OUTCOME_UNKNOWN, null)));
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    fixture.until(run, RunState.WAITING);
    assertThat(answer(run, YES)).isFalse();
    assertThat(fixture.runs.openWaits(fixture.now(run)))
        .extracting(Wait::key)
        .containsExactly("other");
  }

  @Test
  void a_node_that_lost_the_run_opens_no_wait() {
    var program = RunFixture.program(_ -> Acts.completed());
    fixture.submit(program);
    var dead = fixture.silentNode();
    var late = fixture.claim(dead, program.name(), 1).getFirst();
    fixture.die(dead);
    var wait = Wait.until("ask/answer", Wait.CALLBACK, Duration.ofMinutes(1), Json.object());
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> fixture.database.direct(tx -> new WaitStore().open(tx, late, wait, hash(late))))
        .isInstanceOf(StaleOwner.class);
  }
}
