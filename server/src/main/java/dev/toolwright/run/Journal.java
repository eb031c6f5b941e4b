package dev.toolwright.run;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
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

  private final OpenWaits opened = new OpenWaits();

  private final Stores stores;

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
    this.steps = new ConcurrentHashMap<>(steps);
    this.answers = Map.copyOf(answers);
    this.holding = holding;
    this.writer = writer;
    this.room = room;
    this.speaker = speaker;
    this.stores =
        new Stores(
            all -> writer.store(all.steps(), all.events(), all.current(), all.attachments()));
  }

  /// What an act led to.
  ///
  /// @param state DONE, FAILED, WAITING for the answer to a wait that was opened, or UNKNOWN when
  ///   it may or may not have happened
  /// @param next intents of the steps that follow from it, stored with it
  /// @param current what the run does next, a sentence
  /// @param attachments what others store with it
  /// @param last whether the run ends with it: it is stored with the end then, in one commit
  public record Acted(
      Step.State state,
      @Nullable JsonNode result,
      @Nullable JsonNode error,
      List<RunEvent> events,
      List<Step> next,
      String current,
      List<Attachment> attachments,
      boolean last) {
    public Acted(
        Step.State state,
        @Nullable JsonNode result,
        @Nullable JsonNode error,
        List<RunEvent> events,
        List<Step> next,
        String current) {
      this(state, result, error, events, next, current, List.of(), false);
    }

    public Acted with(Attachment attachment) {
      return new Acted(state, result, error, events, next, current, List.of(attachment), last);
    }

    public Acted asLast() {
      return new Acted(state, result, error, events, next, current, attachments, true);
    }
  }

  /// Something that is done to the world.
  @FunctionalInterface
  public interface Act {
    /// @param idempotencyKey the same at every repetition of the step
    Acted act(String idempotencyKey) throws InterruptedException;
  }

  /// Goes on with a step that waits.
  @FunctionalInterface
  public interface Resumption {
    /// @param step as it began to wait, or as its node died before it could say that it waits
    Acted resume(Step step, Answer answer) throws InterruptedException;
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
  /// lost. It comes after all that was stored before.
  public void tell(String type, JsonNode data) {
    if (speaker.isFollowed()) {
      stores.settle();
    }
    speaker.tell(type, data);
  }

  /// Between the attempts of an act.
  ///
  /// @throws InterruptedException when the run is to stop or its time is over
  public void goOn() throws InterruptedException {
    holding.check();
  }

  public Optional<Step> step(String key) {
    return Optional.ofNullable(steps.get(key));
  }

  /// Opens the wait of a step that is about to act, before anything leaves that could be answered.
  /// One that an earlier attempt opened stays open, with the time it has left.
  ///
  /// @param time null: it waits for ever
  /// @param tokenHash of the token under which an answer finds it; null: it is found by the run
  public Wait open(
      String stepKey,
      String reason,
      @Nullable Duration time,
      byte @Nullable [] tokenHash,
      JsonNode question) {
    settle();
    var wait = new Wait(Wait.ofStep(stepKey), reason, time, question, null, false);
    return opened.keep(stepKey, Wait.opened(wait.key(), reason, writer.open(wait, tokenHash)));
  }

  /// The same as part of the transaction that starts what is waited for.
  public Wait open(
      Tx tx, String stepKey, String reason, @Nullable Duration time, JsonNode question) {
    var wait = new Wait(Wait.ofStep(stepKey), reason, time, question, null, false);
    return opened.keep(stepKey, Wait.opened(wait.key(), reason, writer.open(tx, wait, null)));
  }

  /// What a run that has come to these steps waits for: persons who say what became of them, and
  /// answers. Nothing when all of them have ended.
  public List<Wait> waits(List<Step> ofSteps) {
    return opened.of(ofSteps);
  }

  /// Performs a step that never waits for an answer from outside.
  public Step perform(Step planned, Act act) throws InterruptedException {
    return perform(
        planned,
        act,
        (step, _) -> {
          throw new IllegalStateException(step.key() + " cannot go on");
        });
  }

  /// Performs a step once: answers from the journal when it has ended, otherwise acts and stores. A
  /// step with effect `once` that was in flight when its node died is not repeated but comes back
  /// UNKNOWN until somebody resolves it. A step that waits comes back WAITING until there is an
  /// answer or its time is over, and then goes on; so does one whose node died in it, when an
  /// answer shows that it happened.
  public Step perform(Step planned, Act act, Resumption resumption) throws InterruptedException {
    var waiting = waiting(planned.key());
    if (waiting != null) {
      return waiting.answer() == null
          ? waiting.step()
          : resumed(waiting.step(), waiting.answer(), resumption);
    }
    var step = step(planned.key()).map(this::continued).orElseGet(() -> begin(planned));
    if (step.state() != Step.State.INTENT) {
      return step;
    }
    enter(step);
    var acted = guarded(() -> act.act(idempotencyKey(step.key())));
    if (opened.has(step.key()) && hasEnded(acted.state())) {
      writer.close(Wait.ofStep(step.key()));
    }
    return ended(step, acted);
  }

  private static boolean hasEnded(Step.State state) {
    return state == Step.State.DONE || state == Step.State.FAILED;
  }

  /// @param answer null: there is none yet
  private record Waiting(Step step, @Nullable Answer answer) {}

  /// A step that waits, or that an earlier claim left in flight and that was answered since; null:
  /// no such step.
  private @Nullable Waiting waiting(String key) {
    var step = step(key).orElse(null);
    if (step == null || hasEnded(step.state())) {
      return null;
    }
    var waits = step.state() == Step.State.WAITING;
    if (!waits && step.fence() == run.fence()) {
      return null;
    }
    return switch (writer.waited(Wait.ofStep(key))) {
      case Waited.Ended(var answer) when waits || answer.value() != null ->
          new Waiting(step, answer);
      case Waited.Still(var wait) when waits -> {
        opened.keep(key, wait);
        yield new Waiting(step, null);
      }
      case Waited.Never(), Waited.Still _, Waited.Ended _ -> null;
    };
  }

  private Step resumed(Step step, Answer answer, Resumption resumption)
      throws InterruptedException {
    holding.enter();
    return ended(step, guarded(() -> resumption.resume(step, answer)));
  }

  private Step ended(Step step, Acted acted) {
    var ended = step.ended(acted.state(), acted.result(), acted.error());
    var all = new ArrayList<Step>();
    all.add(ended);
    all.addAll(acted.next());
    var part = new Stores.Part(all, acted.events(), acted.current(), acted.attachments());
    if (mayWait(ended, acted)) {
      steps.put(ended.key(), ended.under(run.fence()));
      stores.addSoon(part);
    } else {
      store(part);
    }
    return ended;
  }

  /// Whether what a step came to may be stored a moment later. Nothing is lost with a node that
  /// dies in that moment but what can be done again: a step with an effect waits until all that led
  /// to it is stored, and what it came to is stored at once, unless the run ends with it.
  private static boolean mayWait(Step ended, Acted acted) {
    return hasEnded(ended.state())
        && (acted.last() || ended.effect() == Effect.NONE)
        && acted.next().stream().allMatch(step -> step.effect() == Effect.NONE);
  }

  /// Returns when all that led here is stored: before something begins that outlives this claim.
  void settle() {
    stores.settle();
  }

  /// What is still to be stored, with the end of the run.
  Stores.Part unstored() {
    return stores.rest();
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
      case DONE, FAILED, WAITING -> step;
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

  private interface Work {
    Acted act() throws InterruptedException;
  }

  private Acted guarded(Work work) throws InterruptedException {
    try {
      return work.act();
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
    store(new Stores.Part(changed, events, null, List.of()));
  }

  private void store(Stores.Part part) {
    stores.add(part);
    for (var step : part.steps()) {
      steps.put(step.key(), step.under(run.fence()));
    }
  }
}
