package dev.toolwright.connection.mcp;

import dev.toolwright.egress.EgressException;
import dev.toolwright.http.EventStream;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One exchange with a server of the old transport HTTP+SSE (2024-11-05): a stream is opened, on
/// which the server says where it takes messages and answers them. It is opened anew each time, as
/// such a server forgets everything with it.
final class SseExchange {
  private static final Map<String, String> HEADERS = Map.of("Accept", "application/json");

  private final Way way;
  private final Beside beside;
  private final Duration timeout;

  /// A message could not be posted while the stream was read.
  private static final class NotPosted extends RuntimeException {
    private final EgressException why;

    NotPosted(EgressException why) {
      super(null, null, false, false);
      this.why = why;
    }
  }

  SseExchange(Way way, Beside beside, Duration timeout) {
    this.way = way;
    this.beside = beside;
    this.timeout = timeout;
  }

  /// @param path of the stream, below the connection's base
  /// @param handshake an `initialize` request
  /// @param message to be answered after it; null: only the handshake is
  McpReply answer(String path, ObjectNode handshake, @Nullable ObjectNode message)
      throws EgressException, InterruptedException {
    var stream = way.get(path, Map.of("Accept", "text/event-stream"), timeout);
    try {
      return way.egress().stream(
          way.workspaces(),
          stream,
          timeout,
          (status, headers, body) -> {
            var type = headers.getOrDefault("content-type", List.of());
            return status == 200
                    && !type.isEmpty()
                    && type.getFirst().startsWith("text/event-stream")
                ? new McpReply(status, null, spoken(stream.uri(), body, handshake, message), null)
                : new McpReply(status, null, null, null);
          });
    } catch (NotPosted e) {
      throw e.why;
    }
  }

  private @Nullable JsonNode spoken(
      URI stream, InputStream body, ObjectNode handshake, @Nullable ObjectNode message)
      throws IOException, InterruptedException {
    var events = new EventStream(body, Way.MAX_ANSWER);
    var first = events.next();
    var target =
        first == null || !first.type().equals("endpoint") ? null : target(stream, first.data());
    if (target == null) {
      return null;
    }
    var shaken = asked(events, target, handshake, Beside.NOTHING);
    if (message == null || shaken == null || !shaken.has("result")) {
      return shaken;
    }
    post(
        target,
        Json.object().put("jsonrpc", "2.0").put("method", "notifications/initialized"),
        null);
    return asked(events, target, message, beside);
  }

  /// Credentials go to the stream's own host and nowhere else.
  private static @Nullable String target(URI stream, String said) {
    try {
      var target = stream.resolve(said.strip());
      return stream.getScheme().equals(target.getScheme())
              && stream.getRawAuthority().equals(target.getRawAuthority())
          ? target.toString()
          : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private @Nullable JsonNode asked(
      EventStream events, String target, ObjectNode message, Beside with)
      throws IOException, InterruptedException {
    post(target, message, with.idempotencyKey());
    return Messages.answer(events, message.path("id"), with.progress());
  }

  private void post(String target, ObjectNode message, @Nullable String idempotencyKey)
      throws InterruptedException {
    try {
      way.egress()
          .send(way.workspaces(), way.post(target, HEADERS, message, idempotencyKey, timeout));
    } catch (EgressException e) {
      throw new NotPosted(e);
    }
  }
}
