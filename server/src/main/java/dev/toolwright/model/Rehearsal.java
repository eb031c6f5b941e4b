package dev.toolwright.model;

final class Rehearsal implements ChatModel {
  Rehearsal(boolean providerConfigured) {}

  @Override
  public ChatReply reply(ChatRequest request) {
    return new ChatReply.Rejected("");
  }
}
