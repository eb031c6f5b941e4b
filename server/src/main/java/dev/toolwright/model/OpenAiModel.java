package dev.toolwright.model;

import java.time.Clock;

final class OpenAiModel implements ChatModel {
  static final String PROVIDER = "openai";

  OpenAiModel(ModelSettings settings, Http http, Clock clock) {}

  @Override
  public ChatReply reply(ChatRequest request) {
    return new ChatReply.Rejected("");
  }
}
