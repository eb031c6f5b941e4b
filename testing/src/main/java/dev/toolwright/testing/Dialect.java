package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How one provider is spoken to. A script is played over the shape of Chat Completions; a dialect
/// says what its provider refuses, and puts requests and answers into and out of that shape.
interface Dialect {
  int PIECE = 5;

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

  /// One event of a stream.
  ///
  /// @param type empty where the provider names none
  record Frame(String type, String data) {
    static Frame of(String type, JsonNode data) {
      return new Frame(type, FixtureServer.JSON.writeValueAsString(data));
    }

    byte[] bytes() {
      var name = type.isEmpty() ? "" : "event: " + type + "\n";
      return (name + "data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
  }

  /// The events of a stream that come to the same as the body of an answer.
  List<Frame> frames(JsonNode answer, JsonNode request);

  Answer error(int status, String message, @Nullable String param, @Nullable String code);

  /// An error as it comes in the middle of a stream.
  Frame errorFrame(JsonNode error);

  /// A text in pieces of some characters, none of them half.
  static List<String> pieces(String text) {
    var pieces = new ArrayList<String>();
    var start = 0;
    while (start < text.length()) {
      var end =
          text.offsetByCodePoints(
              start, Math.min(PIECE, text.codePointCount(start, text.length())));
      pieces.add(text.substring(start, end));
      start = end;
    }
    return pieces;
  }

  static String header(HttpExchange exchange, String name) {
    var value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }
}
