package dev.toolwright.model;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The language of a provider: how a [ChatRequest] is put, and how its answer reads.
interface Protocol {
  /// Where and as whom its provider is reached.
  Access access();

  /// Where a model is asked; null when its name cannot be part of an address.
  @Nullable URI endpoint(String model);

  /// What is sent beside the content types: the credential, if there is one.
  Map<String, String> headers(String idempotencyKey);

  /// @param options of which the request makes use, where it can
  ObjectNode body(ChatRequest request, ToolNames names, Set<Option> options);

  /// Reads a body that came with status 200 and is no fault.
  ChatReply read(JsonNode body, ChatRequest request, ToolNames names);

  /// Begins to put together an answer that comes as a stream.
  ///
  /// @param heard is given the text as it comes
  Pieces pieces(Consumer<String> heard);

  /// What a request does without where it is refused.
  enum Option {
    /// Reasoning models take no temperature but their own.
    TEMPERATURE,
    /// Some models stream only to some customers.
    STREAM,
    /// To be told the usage at the end of a stream; older servers do not know how.
    STREAM_USAGE
  }

  /// What a body says that came with another status, or with 200 and an `error` in it.
  Said said(int status, JsonNode body);

  /// A provider's fault.
  ///
  /// @param status never 200
  /// @param code one of OpenAI's words, where a provider's own has the same meaning
  /// @param message the provider's sentence, unchecked; may be blank
  /// @param refused for what the request was turned down, when it can do without
  record Said(int status, String code, String message, @Nullable Option refused) {}
}
