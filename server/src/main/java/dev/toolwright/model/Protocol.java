package dev.toolwright.model;

import java.net.URI;
import java.util.Map;
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

  ObjectNode body(ChatRequest request, ToolNames names, @Nullable Double temperature);

  /// Reads a body that came with status 200 and is no fault.
  ChatReply read(JsonNode body, ChatRequest request, ToolNames names);

  /// What a body says that came with another status, or with 200 and an `error` in it.
  Said said(int status, JsonNode body);

  /// A provider's fault.
  ///
  /// @param status never 200
  /// @param code one of OpenAI's words, where a provider's own has the same meaning
  /// @param message the provider's sentence, unchecked; may be blank
  /// @param temperature whether the request was turned down for its temperature alone
  record Said(int status, String code, String message, boolean temperature) {}
}
