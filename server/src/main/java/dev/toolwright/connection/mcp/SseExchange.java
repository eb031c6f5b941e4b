package dev.toolwright.connection.mcp;

import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.http.EventStream;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One exchange with a server of the old transport HTTP+SSE (2024-11-05): a stream is opened, on
/// which the server says where it takes messages and answers them. It is opened anew each time, as
/// such a server forgets everything with it.
final class SseExchange {
  private static final int LONGEST = 4 << 20;

  private final Egress egress;
  private final Collection<String> workspaces;
  private final Requests requests;

  /// Makes requests with a connection's credential.
  interface Requests {
    /// @param message null: a GET
    EgressRequest of(String url, @Nullable ObjectNode message);
  }

  /// @param status of the stream's answer
  /// @param message null: it gave none
  record Answer(int status, @Nullable JsonNode message) {}

  /// A message could not be posted while the stream was read.
  private static final class NotPosted extends RuntimeException {
    private final EgressException why;

    NotPosted(EgressException why) {
      super(null, null, false, false);
      this.why = why;
    }
  }

  SseExchange(Egress egress, Collection<String> workspaces, Requests requests) {
    this.egress = egress;
    this.workspaces = workspaces;
    this.requests = requests;
  }

  /// @param path of the stream, below the connection's base
  /// @param handshake an `initialize` request
  /// @param message to be answered after it; null: only the handshake is
  /// @param progress hears what is said of it on the way; null: nobody does
  Answer answer(
      String path,
      ObjectNode handshake,
      @Nullable ObjectNode message,
      @Nullable Consumer<JsonNode> progress,
      Duration timeout)
      throws EgressException, InterruptedException {
    var stream = requests.of(path, null);
    try {
      return egress.stream(
          workspaces,
          stream,
          timeout,
          (status, headers, body) -> {
            var type = headers.getOrDefault("content-type", List.of());
            return status == 200
                    && !type.isEmpty()
                    && type.getFirst().startsWith("text/event-stream")
                ? new Answer(status, spoken(stream.uri(), body, handshake, message, progress))
                : new Answer(status, null);
          });
    } catch (NotPosted e) {
      throw e.why;
    }
  }

  private @Nullable JsonNode spoken(
      URI stream,
      InputStream body,
      ObjectNode handshake,
      @Nullable ObjectNode message,
      @Nullable Consumer<JsonNode> progress)
      throws IOException, InterruptedException {
    var events = new EventStream(body, LONGEST);
    var first = events.next();
    var target =
        first == null || !first.type().equals("endpoint") ? null : target(stream, first.data());
    if (target == null) {
      return null;
    }
    var shaken = asked(events, target, handshake, null);
    if (message == null || shaken == null || !shaken.has("result")) {
      return shaken;
    }
    post(target, Json.object().put("jsonrpc", "2.0").put("method", "notifications/initialized"));
    return asked(events, target, message, progress);
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
      EventStream events, String target, ObjectNode message, @Nullable Consumer<JsonNode> progress)
      throws IOException, InterruptedException {
    post(target, message);
    return Messages.answer(events, message.path("id"), progress);
  }

  private void post(String target, ObjectNode message) throws InterruptedException {
    try {
      egress.send(workspaces, requests.of(target, message));
    } catch (EgressException e) {
      throw new NotPosted(e);
    }
  }
}
