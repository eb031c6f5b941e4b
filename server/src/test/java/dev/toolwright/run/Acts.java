package dev.toolwright.run;

import dev.toolwright.json.Json;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// What the programs of these tests do.
final class Acts {
  private Acts() {}

  static Journal.Acted done(String says) {
    return new Journal.Acted(
        Step.State.DONE,
        Json.object().put("says", says),
        null,
        List.of(RunEvent.of("step", Json.object().put("says", says))),
        List.of(),
        says);
  }

  static Step step(Journal journal, String key, Effect effect, Journal.Act act)
      throws InterruptedException {
    return journal.perform(Step.intent(key, effect, "work", Json.object().put("key", key)), act);
  }

  static Halt completed() {
    return new Halt.Completed(Json.object().put("fine", true));
  }

  /// A program whose only step breaks in flight the first `breaks` times.
  static Program onceStep(AtomicInteger acts, int breaks) {
    return RunFixture.program(journal -> {
      var step =
          step(
              journal,
              "pay",
              Effect.ONCE,
              _ -> {
                if (acts.incrementAndGet() <= breaks) {
                  throw new IllegalStateException("dies here");
                }
                return done("paid");
              });
      if (step.state() == Step.State.UNKNOWN) {
        return new Halt.Parked(List.of(question(step)));
      }
      return new Halt.Completed(
          Json.object()
              .put("state", step.state().name())
              .set("result", step.result() == null ? step.error() : step.result()));
    });
  }

  static Wait question(Step step) {
    return Wait.forAnswer(
        step.key(), Wait.OUTCOME_UNKNOWN, Json.object().put("attempt", step.attempt()));
  }

  static List<Long> numbers(long from, long to) {
    return IntStream.rangeClosed((int) from, (int) to).mapToObj(Long::valueOf).toList();
  }
}
