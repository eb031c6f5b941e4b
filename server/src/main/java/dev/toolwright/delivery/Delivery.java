package dev.toolwright.delivery;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A webhook at a job's end, as its owner sees it.
///
/// @param id also the message's `Webhook-Id`
/// @param origin scheme, host and port of the receiver: the rest of an address may be a secret
/// @param nextAt when it is sent next; null: it is over
public record Delivery(
    String id,
    String runId,
    State state,
    String origin,
    boolean signed,
    int attempts,
    @Nullable Integer lastStatus,
    @Nullable String lastError,
    Instant createdAt,
    @Nullable Instant nextAt) {
  /// How far it has got.
  public enum State {
    PENDING("due"),
    DELIVERED("delivered"),
    FAILED("given up");

    final String stored;

    State(String stored) {
      this.stored = stored;
    }

    static State of(String stored) {
      for (var state : values()) {
        if (state.stored.equals(stored)) {
          return state;
        }
      }
      throw new IllegalArgumentException(stored);
    }
  }

  /// @param at when it began
  /// @param status what the receiver answered; null: nothing
  /// @param error null: it was delivered
  public record Attempt(
      int number, Instant at, long durationMs, @Nullable Integer status, @Nullable String error) {}

  /// All of it.
  ///
  /// @param body as it is sent
  public record Detail(Delivery delivery, JsonNode body, List<Attempt> attempts) {}
}
