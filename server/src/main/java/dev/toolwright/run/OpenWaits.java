package dev.toolwright.run;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The waits of a run's steps that are open, and when they end by this node's clock. Safe for the
/// run's parallel steps.
final class OpenWaits {
  private final Map<String, Opened> byStep = new ConcurrentHashMap<>();

  /// @param endNanos null: it waits for ever
  private record Opened(Wait on, @Nullable Long endNanos) {
    @Nullable Duration left() {
      return endNanos == null ? null : Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
    }
  }

  Wait keep(String stepKey, Wait wait) {
    var left = wait.due();
    byStep.put(stepKey, new Opened(wait, left == null ? null : System.nanoTime() + left.toNanos()));
    return wait;
  }

  boolean has(String stepKey) {
    return byStep.containsKey(stepKey);
  }

  /// What a run that has come to these steps waits for.
  List<Wait> of(List<Step> steps) {
    var waits = new ArrayList<Wait>();
    for (var step : steps) {
      switch (step.state()) {
        case UNKNOWN -> waits.add(Wait.forAnswer(step.key(), Wait.OUTCOME_UNKNOWN, question(step)));
        case WAITING -> {
          var wait = byStep.get(step.key());
          if (wait == null) {
            throw new IllegalStateException(step.key() + " waits for nothing");
          }
          waits.add(Wait.opened(wait.on().key(), wait.on().reason(), wait.left()));
        }
        case INTENT, DONE, FAILED -> {}
      }
    }
    return waits;
  }

  private static JsonNode question(Step step) {
    var question = Json.object().put("attempt", step.attempt()).put("tool", step.name());
    // A step whose node died in it knows only what it was asked to do.
    var sent = step.error() == null ? null : step.error().get("sent");
    return question.set("sent", sent == null ? step.request() : sent);
  }
}
