package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How one provider is spoken to. A script is played over the shape of Chat Completions; a dialect
/// says what its provider refuses, and puts requests and answers into and out of that shape.
interface Dialect {
  /// What the provider says to a request.
  record Answer(int status, JsonNode body) {}

  /// Why the provider turns a request down, or null.
  ///
  /// @param key the credential to demand; null for none
  @Nullable Answer refusal(HttpExchange exchange, JsonNode body, @Nullable String key);

  /// A request that was not refused, as Chat Completions would have it.
  JsonNode canonical(JsonNode body);

  /// A completion as this provider gives it.
  Answer answer(ObjectNode completion);

  Answer error(int status, String message, @Nullable String param, @Nullable String code);

  static String header(HttpExchange exchange, String name) {
    var value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }
}
