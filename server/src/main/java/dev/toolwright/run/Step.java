package dev.toolwright.run;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One journalled step. A step that is DONE or FAILED is never acted again.
///
/// @param key from the definition, such as `turn/3/model`, never from the order of code
/// @param fence of the claim that wrote it
public record Step(
    String key,
    State state,
    int attempt,
    long fence,
    Effect effect,
    String name,
    @Nullable JsonNode request,
    @Nullable JsonNode result,
    @Nullable JsonNode error) {
  /// INTENT: about to act, or acting, or died while acting. WAITING: acted, waits for an answer
  /// from outside. UNKNOWN: acted, outcome unknown, waits for a person.
  public enum State {
    INTENT,
    WAITING,
    DONE,
    FAILED,
    UNKNOWN
  }

  public static Step intent(String key, Effect effect, String name, @Nullable JsonNode request) {
    return new Step(key, State.INTENT, 1, 0, effect, name, request, null, null);
  }

  Step ended(State state, @Nullable JsonNode result, @Nullable JsonNode error) {
    return new Step(key, state, attempt, fence, effect, name, request, result, error);
  }

  /// The same as it was written under a fence.
  Step under(long claim) {
    return new Step(key, state, attempt, claim, effect, name, request, result, error);
  }

  Step again() {
    return new Step(key, State.INTENT, attempt + 1, fence, effect, name, request, null, null);
  }
}
