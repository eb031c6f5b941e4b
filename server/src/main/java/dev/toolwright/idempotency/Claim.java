package dev.toolwright.idempotency;

import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a request with an `Idempotency-Key` is to do.
public sealed interface Claim {
  /// It is the first: act, then `Idempotency.done` or `release`.
  ///
  /// @param since when the claim was taken, by the database's clock; with the key it names the
  ///   claim
  record Fresh(Key key, OffsetDateTime since) implements Claim {}

  /// It was done before: answer the same. A null answer was not kept, as it held a secret.
  record Replay(int status, @Nullable JsonNode answer) implements Claim {}
}
