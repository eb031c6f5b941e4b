package dev.toolwright.run;

import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Runs that are steps of other runs. A parent gives its node back while it waits for a child; the
/// transaction that ends the child wakes it. When a parent ends, its children are cancelled within
/// a second.
public final class Children {
  /// Digits of an id that are its time.
  private static final int TIME = "run_".length() + 12;

  private final Runs runs;

  public Children(Runs runs) {
    this.runs = runs;
  }

  /// How a child came to its end.
  ///
  /// @param result null unless there is one
  /// @param error null when completed
  public record Ended(Run run, @Nullable JsonNode result, @Nullable JsonNode error) {}

  /// Stores a child.
  @FunctionalInterface
  public interface Start {
    /// @throws Problem when it may not be started; nothing is stored then
    /// @param inTx to be called in the transaction that stores it
    void start(String runId, Parent parent, Consumer<Tx> inTx);
  }

  /// What the parent's step makes of a child that has ended.
  @FunctionalInterface
  public interface Finish {
    Journal.Acted finish(Ended child);
  }

  /// Performs a step that is a run of its own: starts it, waits, and goes on with its end. A step
  /// that is repeated finds the child that it has started. The child's own timeout bounds the wait.
  ///
  /// @param refused what the step comes to when the child may not be started
  public Step perform(
      Journal journal,
      Step planned,
      Start start,
      Finish finish,
      Function<Problem, Journal.Acted> refused)
      throws InterruptedException {
    return journal.perform(
        planned,
        _ -> {
          try {
            return switch (begin(journal, planned.key(), start)) {
              case Begun.Over(var child) -> finish.finish(child);
              case Begun.Waiting(_, var id) ->
                  new Journal.Acted(
                      Step.State.WAITING,
                      Json.object().put("run_id", id),
                      null,
                      List.of(),
                      List.of(),
                      "Waiting for " + planned.name());
            };
          } catch (Problem e) {
            if (e.kind() == Problem.Kind.UNAVAILABLE) {
              throw e;
            }
            return refused.apply(e);
          }
        },
        (step, _) -> {
          var id = Objects.requireNonNull(step.result()).path("run_id").asString("");
          return finish.finish(ended(runs.find(journal.run().workspaceId(), id).orElseThrow()));
        });
  }

  /// A child that a step has begun, now or before its node died.
  public sealed interface Begun {
    record Waiting(Wait on, String runId) implements Begun {}

    record Over(Ended child) implements Begun {}
  }

  /// Starts the child of a step that is acting, or finds it.
  ///
  /// @throws Problem when it may not be started; nothing has happened then
  public Begun begin(Journal journal, String stepKey, Start start) {
    var parent = journal.run();
    if (parent.depth() >= Parent.MOST) {
      throw Problem.of(
          Problem.Kind.UNPROCESSABLE,
          "Jobs may start others no deeper than " + Parent.MOST + " levels");
    }
    var id = childId(parent, stepKey);
    var found = runs.find(parent.workspaceId(), id).orElse(null);
    if (found != null && found.state().hasEnded()) {
      return new Begun.Over(ended(found));
    }
    var question = Json.object().put("job_id", Ids.as("job", id));
    if (found != null) {
      return new Begun.Waiting(journal.open(stepKey, Wait.CHILD, null, null, question), id);
    }
    journal.settle();
    var opened = new Wait[1];
    start.start(
        id,
        new Parent(parent.id(), stepKey, parent.depth() + 1, parent.priority()),
        tx -> opened[0] = journal.open(tx, stepKey, Wait.CHILD, null, question));
    runs.submitted();
    return new Begun.Waiting(opened[0], id);
  }

  /// The child whose end was the answer to a wait.
  public Ended ended(JsonNode answer) {
    var workspaceId = answer.path("workspace_id").asString("");
    return ended(runs.find(workspaceId, answer.path("run_id").asString("")).orElseThrow());
  }

  private Ended ended(Run run) {
    var data = runs.data(run);
    return new Ended(run, data.result(), data.error());
  }

  /// The same for the same step of the same attempt; it sorts beside its parent's.
  private static String childId(Run parent, String stepKey) {
    var text = parent.id() + '/' + parent.attempt() + '/' + stepKey;
    try {
      var sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return parent.id().substring(0, TIME) + HexFormat.of().formatHex(sum, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
