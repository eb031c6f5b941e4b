package dev.toolwright.model;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An answer that comes as a stream: takes its events, and puts together the body that would have
/// come without one, so that there is one way to read an answer.
interface Pieces {
  /// Of text and arguments, in characters.
  int MAX_LENGTH = 8 << 20;

  /// What an event was.
  enum Taken {
    MORE,
    /// The provider's word that nothing follows.
    END,
    /// It does not fit to what came before: anything built of it would be a guess.
    UNFIT,
    TOO_LONG
  }

  Taken take(JsonNode event);

  /// Whether the provider said how the answer ends: what comes before that is never acted on.
  boolean isComplete();

  ObjectNode body();
}
