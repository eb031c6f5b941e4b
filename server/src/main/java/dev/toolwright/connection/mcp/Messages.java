package dev.toolwright.connection.mcp;

import dev.toolwright.http.EventStream;
import dev.toolwright.json.Json;
import dev.toolwright.json.MalformedJson;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What servers say on a stream.
final class Messages {
  private Messages() {}

  /// Reads until the message that answers `id`; null when the stream ends before.
  ///
  /// @param progress hears what is said of it on the way; null: nobody does
  static @Nullable JsonNode answer(
      EventStream events, JsonNode id, @Nullable Consumer<JsonNode> progress) throws IOException {
    for (var event = events.next(); event != null; event = events.next()) {
      var said = parsed(event.data());
      // Logs and what the server would like to know come on the same stream.
      if (said != null && said.has("method")) {
        if (progress != null && said.path("method").asString("").equals("notifications/progress")) {
          progress.accept(said.path("params"));
        }
      } else if (said != null && id.asString().equals(said.path("id").asString(""))) {
        return said;
      }
    }
    return null;
  }

  static @Nullable JsonNode parsed(String text) {
    try {
      return Json.parse(text);
    } catch (MalformedJson e) {
      return null;
    }
  }
}
