package dev.toolwright.run;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A run in the hands of its program: what is stored, and the only way to act. Safe for the run's
/// parallel steps.
public final class Journal {
  private final Run run;
  private final RunData data;
  private final Map<String, Step> steps;
  private final Map<String, Wait> answers;
  private final Holding holding;
  private final JournalWriter writer;
  private final Room room;
  private final Live.Speaker speaker;

  /// One store at a time, so that the order of events is the order of commits.
  private final ReentrantLock order = new ReentrantLock();

  Journal(
      Run run,
      RunData data,
      Map<String, Step> steps,
      Map<String, Wait> answers,
      Holding holding,
      JournalWriter writer,
      Room room,
      Live.Speaker speaker) {
    this.run = run;
    this.data = data;
    this.steps = new HashMap<>(steps);
    this.answers = Map.copyOf(answers);
    this.holding = holding;
    this.writer = writer;
    this.room = room;
    this.speaker = speaker;
  }

  /// Writes under the fence.
  interface JournalWriter {
    void store(
        List<Step> steps,
        List<RunEvent> events,
        @Nullable String current,
        List<Attachment> attachments);

    /// Takes back the intent of a step that was never begun.
    void forget(String key);
  }

  /// What an act led to.
  ///
  /// @param state DONE, FAILED, or UNKNOWN when it may or may not have happened
  /// @param next intents of the steps that follow from it, stored with it
  /// @param current what the run does next, a sentence
  /// @param attachments what others store with it
  public record Acted(
      Step.State state,
      @Nullable JsonNode result,
      @Nullable JsonNode error,
      List<RunEvent> events,
      List<Step> next,
      String current,
      List<Attachment> attachments) {
    public Acted(
        Step.State state,
        @Nullable JsonNode result,
        @Nullable JsonNode error,
        List<RunEvent> events,
        List<Step> next,
        String current) {
      this(state, result, error, events, next, current, List.of());
    }

    public Acted with(Attachment attachment) {
      return new Acted(state, result, error, events, next, current, List.of(attachment));
    }
  }

  /// Something that is done to the world.
  @FunctionalInterface
  public interface Act {
    /// @param idempotencyKey the same at every repetition of the step
    Acted act(String idempotencyKey) throws InterruptedException;
  }

  public Run run() {
    return run;
  }

  public JsonNode input() {
    return data.input();
  }

  public JsonNode pinned() {
    return data.pinned();
  }

  /// Time until the run's deadline; may be negative.
  public Duration remaining() {
    return holding.remaining();
  }

  /// Takes room for a result that is about to be stored; false when the run, or the node, keeps too
  /// much already.
  public boolean hasRoom(long bytes) {
    return room.take(bytes);
  }

  /// Whether somebody follows the run at this moment.
  public boolean isFollowed() {
    return speaker.isFollowed();
  }

  /// Tells whoever follows the run at this moment, and nobody else: it is not stored, and may be
  /// lost.
  public void tell(String type, JsonNode data) {
    speaker.tell(type, data);
  }

  /// Between the attempts of an act.
  ///
  /// @throws InterruptedException when the run is to stop or its time is over
  public void goOn() throws InterruptedException {
    holding.check();
  }

  public Optional<Step> step(String key) {
    order.lock();
    try {
      return Optional.ofNullable(steps.get(key));
    } finally {
      order.unlock();
    }
  }

  /// Performs a step once: answers from the journal when it has ended, otherwise acts and stores. A
  /// step with effect `once` that was in flight when its node died is not repeated but comes back
  /// UNKNOWN until somebody resolves it.
  public Step perform(Step planned, Act act) throws InterruptedException {
    var step = step(planned.key()).map(this::continued).orElseGet(() -> begin(planned));
    if (step.state() != Step.State.INTENT) {
      return step;
    }
    enter(step);
    var acted = guarded(act, idempotencyKey(step.key()));
    var ended = step.ended(acted.state(), acted.result(), acted.error());
    var all = new ArrayList<Step>();
    all.add(ended);
    all.addAll(acted.next());
    store(all, acted.events(), acted.current(), acted.attachments());
    return ended;
  }

  /// The key under which every repetition of a step is sent to its receiver.
  public String idempotencyKey(String stepKey) {
    return run.id() + "/" + stepKey;
  }

  private Step begin(Step planned) {
    if (planned.effect() != Effect.NONE) {
      store(List.of(planned), List.of());
    }
    return planned;
  }

  private Step continued(Step step) {
    return switch (step.state()) {
      case DONE, FAILED -> step;
      case UNKNOWN -> resolved(step);
      case INTENT -> {
        if (step.fence() == run.fence()) {
          yield step;
        }
        if (step.effect() == Effect.ONCE) {
          var unknown = step.ended(Step.State.UNKNOWN, null, null);
          store(List.of(unknown), List.of());
          yield resolved(unknown);
        }
        yield step.again();
      }
    };
  }

  /// Applies a person's decision, if it was made about this very attempt.
  private Step resolved(Step step) {
    var wait = answers.get(step.key());
    if (wait == null
        || wait.answer() == null
        || wait.question() == null
        || wait.question().path("attempt").asInt(0) != step.attempt()) {
      return step;
    }
    var decided =
        switch (wait.answer().path("action").asString("")) {
          case "repeat" -> step.again();
          case "done" -> step.ended(Step.State.DONE, wait.answer().get("result"), null);
          default -> step.ended(Step.State.FAILED, null, wait.answer());
        };
    var told = Json.object().put("key", step.key()).put("name", step.name());
    told.set("resolved", wait.answer().get("action"));
    store(List.of(decided), List.of(RunEvent.of("step", told)));
    return decided;
  }

  /// A step that is stopped before it began has no unknown outcome.
  private void enter(Step step) throws InterruptedException {
    var entered = false;
    try {
      holding.enter();
      entered = true;
    } finally {
      if (!entered && step.attempt() == 1 && step.effect() != Effect.NONE && holding.mayWrite()) {
        writer.forget(step.key());
      }
    }
  }

  private Acted guarded(Act act, String key) throws InterruptedException {
    try {
      return act.act(key);
    } catch (RuntimeException e) {
      // An interrupt tears whatever socket the act was using; what the library makes of that is no
      // news.
      if (holding.isStopped()) {
        throw new InterruptedException();
      }
      throw e;
    } finally {
      holding.leave();
    }
  }

  private void store(List<Step> changed, List<RunEvent> events) {
    store(changed, events, null, List.of());
  }

  private void store(
      List<Step> changed,
      List<RunEvent> events,
      @Nullable String current,
      List<Attachment> attachments) {
    order.lock();
    try {
      writer.store(changed, events, current, attachments);
      for (var step : changed) {
        steps.put(step.key(), mine(step));
      }
    } finally {
      order.unlock();
    }
  }

  private Step mine(Step step) {
    return new Step(
        step.key(),
        step.state(),
        step.attempt(),
        run.fence(),
        step.effect(),
        step.name(),
        step.request(),
        step.result(),
        step.error());
  }
}
