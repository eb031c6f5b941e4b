package dev.toolwright.agent;

import dev.toolwright.config.Failpoint;
import dev.toolwright.json.Json;
import dev.toolwright.model.ChatMessage;
import dev.toolwright.model.ChatReply;
import dev.toolwright.model.ChatRequest;
import dev.toolwright.model.Models;
import dev.toolwright.model.ToolUse;
import dev.toolwright.model.Usage;
import dev.toolwright.run.Effect;
import dev.toolwright.run.Journal;
import dev.toolwright.run.RunEvent;
import dev.toolwright.run.Step;
import dev.toolwright.run.Wait;
import dev.toolwright.tool.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One turn of the model, journalled. What passes is tried again at most three times here; then the
/// run gives its node back and waits.
final class ModelStep {
  /// Of one exchange with the provider, as long as something comes.
  static final Duration TIMEOUT = Duration.ofMinutes(10);

  /// Whole answers, and first words after long thought, are that late.
  static final Duration SILENCE = Duration.ofMinutes(2);

  private static final int MAX_RETRIES = 3;
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(500);

  /// Longer pauses give the node back.
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private static final Duration WAIT = Duration.ofSeconds(15);

  private final Models models;

  ModelStep(Models models) {
    this.models = models;
  }

  /// The model's answer as the journal keeps it.
  record Answer(
      String text,
      List<ToolUse> toolUses,
      Usage usage,
      boolean truncated,
      boolean refused,
      String model,
      String provider) {
    static Answer of(JsonNode stored) {
      var message = (ChatMessage.Assistant) ChatMessage.fromJson(stored.path("message"));
      var usage = stored.path("usage");
      return new Answer(
          message.text() == null ? "" : message.text(),
          message.toolUses(),
          new Usage(
              usage.path("prompt_tokens").asInt(),
              usage.path("completion_tokens").asInt(),
              usage.path("total_tokens").asInt()),
          stored.path("truncated").asBoolean(),
          stored.path("refused").asBoolean(),
          stored.path("model").asString(""),
          stored.path("provider").asString(""));
    }

    JsonNode toJson() {
      var json = Json.object();
      json.set("message", new ChatMessage.Assistant(text, toolUses).toJson());
      json.putObject("usage")
          .put("prompt_tokens", usage.promptTokens())
          .put("completion_tokens", usage.completionTokens())
          .put("total_tokens", usage.totalTokens());
      return json.put("truncated", truncated)
          .put("refused", refused)
          .put("model", model)
          .put("provider", provider);
    }
  }

  /// The provider has no answer now.
  static final class Waiting extends RuntimeException {
    private final transient Wait wait;

    Waiting(Wait wait) {
      super("the model has no answer now", null, false, false);
      this.wait = wait;
    }

    Wait reason() {
      return wait;
    }
  }

  /// The provider will not answer this. The step stays unfinished, so that a retry asks again.
  static final class Rejected extends RuntimeException {
    private final String says;

    Rejected(String says) {
      super(says, null, false, false);
      this.says = says;
    }

    String says() {
      return says;
    }
  }

  Answer ask(Journal journal, int turn, ChatRequest request, Map<String, Tool> usable)
      throws InterruptedException {
    var step =
        journal.perform(
            Step.intent(key(turn), Effect.NONE, request.model(), null),
            idempotencyKey -> {
              var answer = reply(journal, turn, request, idempotencyKey);
              Failpoint.hit("llm.beforePersist");
              return acted(turn, answer, usable);
            });
    if (step.result() == null) {
      throw new Rejected("The model's answer was given up");
    }
    return Answer.of(step.result());
  }

  private static String key(int turn) {
    return "turn/" + turn + "/model";
  }

  private Answer reply(Journal journal, int turn, ChatRequest request, String idempotencyKey)
      throws InterruptedException {
    var resolved = models.resolve(request.model());
    var malformed = 0;
    for (var attempt = 1; ; attempt++) {
      journal.goOn();
      Failpoint.hit("llm.inFlight");
      var asked =
          new ChatRequest(
              resolved.effectiveName(),
              request.instructions(),
              request.messages(),
              request.tools(),
              request.temperature(),
              shorter(request.timeout(), journal.remaining()),
              request.silence(),
              idempotencyKey);
      ChatReply reply;
      try (var draft = new Draft(journal, turn)) {
        reply = resolved.model().reply(asked, draft);
      }
      switch (reply) {
        case ChatReply.Answered a -> {
          return new Answer(
              a.text() == null ? "" : a.text(),
              a.toolUses(),
              a.usage(),
              a.truncated(),
              false,
              a.model(),
              a.provider());
        }
        case ChatReply.Refused r -> {
          return new Answer(
              r.text(),
              List.of(),
              r.usage(),
              false,
              true,
              resolved.effectiveName(),
              resolved.provider());
        }
        case ChatReply.Rejected r -> throw new Rejected(r.message());
        case ChatReply.Unavailable u -> pause(journal, turn, attempt, u.retryAfter(), u.message());
        case ChatReply.Malformed m -> {
          // The provider is there and is paid for each of them.
          if (++malformed > MAX_RETRIES) {
            throw new Rejected(m.message());
          }
          pause(journal, turn, attempt, null, m.message());
        }
      }
    }
  }

  private static void pause(
      Journal journal, int turn, int attempt, @Nullable Duration asked, String why)
      throws InterruptedException {
    var pause =
        asked != null
            ? asked
            : FIRST_BACKOFF
                .multipliedBy(1L << (attempt - 1))
                .plusMillis(ThreadLocalRandom.current().nextLong(100));
    if (attempt > MAX_RETRIES || pause.compareTo(LONGEST_PAUSE) > 0) {
      var due = asked == null ? WAIT : asked;
      throw new Waiting(
          Wait.until(
              key(turn) + "/limit",
              Wait.LIMIT,
              shorter(due, journal.remaining()),
              Json.object().put("says", why)));
    }
    TimeUnit.NANOSECONDS.sleep(pause.toNanos());
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /// The answer and the intents of all its calls are one store: no call begins before it, none
  /// needs another commit.
  private static Journal.Acted acted(int turn, Answer answer, Map<String, Tool> usable) {
    var events = new ArrayList<RunEvent>();
    var step = Json.object().put("step", turn).put("kind", "model").put("model", answer.model());
    step.put("provider", answer.provider()).put("text", answer.text());
    step.set("usage", answer.toJson().path("usage"));
    events.add(RunEvent.of("step", step));
    var intents = new ArrayList<Step>();
    if (!answer.truncated()) {
      for (var i = 0; i < answer.toolUses().size(); i++) {
        var use = answer.toolUses().get(i);
        events.add(
            RunEvent.of(
                "tool_call",
                Json.object()
                    .put("step", turn)
                    .put("id", use.id())
                    .put("name", use.name())
                    .put("arguments", use.arguments())));
        CallStep.intent(turn, i, use, usable.get(use.name())).ifPresent(intents::add);
      }
    }
    var acted =
        new Journal.Acted(Step.State.DONE, answer.toJson(), null, events, intents, current(answer));
    return answer.toolUses().isEmpty() ? acted.asLast() : acted;
  }

  private static String current(Answer answer) {
    return answer.toolUses().isEmpty()
        ? "Finishing"
        : answer.toolUses().stream()
            .map(ToolUse::name)
            .distinct()
            .collect(Collectors.joining(", ", "Calling ", ""));
  }
}
