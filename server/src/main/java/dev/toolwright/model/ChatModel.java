package dev.toolwright.model;

/// A language model that answers one turn of a conversation. Implementations hold no conversation
/// and never retry: whoever drives the conversation decides what a fault is worth.
public interface ChatModel {
  /// Asks for the next turn and waits for it, at most `request.timeout()`. Interrupting the thread
  /// aborts the exchange at once.
  ChatReply reply(ChatRequest request) throws InterruptedException;
}
