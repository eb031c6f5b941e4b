package dev.toolwright.connection.mcp;

import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What goes and comes beside a message.
///
/// @param headers that repeat arguments, for servers without a handshake
/// @param idempotencyKey null: none is sent
/// @param progress hears the parameters of the server's notifications of progress; null: nobody
///   does
record Beside(
    Map<String, String> headers,
    @Nullable String idempotencyKey,
    @Nullable Consumer<JsonNode> progress) {
  static final Beside NOTHING = new Beside(Map.of(), null, null);
}
