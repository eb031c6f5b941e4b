package dev.toolwright.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a model is asked: everything it needs, as it remembers nothing.
///
/// @param model the provider's name of the model
/// @param instructions who the model is to be; may be empty
/// @param messages in order of time; every tool use is answered before the next message
/// @param tools with distinct names; may be empty
/// @param temperature 0 to 2, or null for the provider's default
/// @param timeout for the whole exchange
/// @param silence how long the provider may send nothing within it
/// @param idempotencyKey the same for every repetition of this request, and for no other request
public record ChatRequest(
    String model,
    String instructions,
    List<ChatMessage> messages,
    List<ToolSpec> tools,
    @Nullable Double temperature,
    Duration timeout,
    Duration silence,
    String idempotencyKey) {
  public ChatRequest {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
  }
}
