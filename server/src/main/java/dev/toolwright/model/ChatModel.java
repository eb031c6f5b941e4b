package dev.toolwright.model;

import java.util.function.Consumer;

/// A language model that answers one turn of a conversation. Implementations hold no conversation
/// and never retry: whoever drives the conversation decides what a fault is worth.
public interface ChatModel {
  /// Asks for the next turn and waits for it, at most `request.timeout()`. Interrupting the thread
  /// aborts the exchange at once.
  ///
  /// @param heard is given the text of the answer piece by piece while it arrives, on any thread;
  ///   it must be quick and must not throw. What it was given counts for nothing: only the reply
  ///   says what the answer is, and whether there is one
  ChatReply reply(ChatRequest request, Consumer<String> heard) throws InterruptedException;
}
