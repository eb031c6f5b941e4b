package dev.toolwright.connection.mcp;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressException.Kind;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.http.EventStream;
import dev.toolwright.json.Json;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One exchange with a server over Streamable HTTP: a message goes, and its answer comes back,
/// whole or on a stream. A stream that ends before the answer is taken up where it ended, if its
/// server numbers its events: the message itself is never sent twice.
final class HttpExchange {
  private static final int MOST_RESUMED = 20;
  private static final int LONGEST_ID = 1_000;
  private static final Pattern SCOPE = Pattern.compile("\\bscope=\"([!#-\\[\\]-~ ]{1,300})\"");
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

  private final Way way;
  private final Session session;
  private final Beside beside;

  /// Of the last event that had one; null: none had.
  private volatile @Nullable String lastId;

  private volatile Duration pause = PAUSE;

  HttpExchange(Way way, Session session, Beside beside) {
    this.way = way;
    this.session = session;
    this.beside = beside;
  }

  /// @param message is a notification when it has no id: nothing answers it
  McpReply answered(ObjectNode message, Duration timeout)
      throws EgressException, InterruptedException {
    var end = System.nanoTime() + timeout.toNanos();
    var headers = new TreeMap<>(session.headers(message));
    if (session.isModern()) {
      headers.putAll(beside.headers());
    }
    var post = way.post(session.path(), headers, message, beside.idempotencyKey(), timeout);
    var id = message.get("id");
    try {
      return read(post, timeout, id);
    } catch (EgressException e) {
      if (id == null || e.kind() != Kind.BROKEN || !isResumable()) {
        throw e;
      }
      return resumed(id, end, e);
    }
  }

  /// The stateless revision has no such thing.
  private boolean isResumable() {
    var id = lastId;
    return !session.isModern()
        && id != null
        && id.length() <= LONGEST_ID
        && EgressRequest.isHeaderValue(id);
  }

  /// @param broken how the stream ended
  private McpReply resumed(JsonNode id, long end, EgressException broken)
      throws EgressException, InterruptedException {
    for (var times = 0; isResumable() && times < MOST_RESUMED; times++) {
      var left = Duration.ofNanos(end - System.nanoTime()).minus(pause);
      if (!left.isPositive()) {
        throw new EgressException(Kind.TIMEOUT, "The server did not answer in time", true);
      }
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
      try {
        var reply = read(way.get(session.path(), resumption(), left), left, id);
        if (reply.status() != 200) {
          break;
        }
        return reply;
      } catch (EgressException e) {
        if (e.kind() == Kind.DENIED || e.kind() == Kind.TOO_LARGE) {
          break;
        }
        // The server may be there again a moment later.
      }
    }
    throw broken;
  }

  private Map<String, String> resumption() {
    var headers = new TreeMap<>(session.headers(Json.object()));
    headers.put("Accept", "text/event-stream");
    headers.put("Last-Event-ID", String.valueOf(lastId));
    return headers;
  }

  private McpReply read(EgressRequest request, Duration silence, @Nullable JsonNode id)
      throws EgressException, InterruptedException {
    return way.egress().stream(
        way.workspaces(),
        request,
        silence,
        (status, headers, body) ->
            new McpReply(
                status,
                first(headers, "mcp-session-id"),
                id == null || status == 202 ? null : message(id, headers, body),
                status == 403 ? scope(first(headers, "www-authenticate")) : null));
  }

  private static @Nullable String scope(@Nullable String challenge) {
    if (challenge == null || !challenge.contains("insufficient_scope")) {
      return null;
    }
    var scope = SCOPE.matcher(challenge);
    return scope.find() ? scope.group(1) : "";
  }

  private static @Nullable String first(Map<String, List<String>> headers, String name) {
    var values = headers.getOrDefault(name, List.of());
    return values.isEmpty() ? null : values.getFirst();
  }

  private @Nullable JsonNode message(
      JsonNode id, Map<String, List<String>> headers, InputStream body) throws IOException {
    var type = first(headers, "content-type");
    if (type == null || !type.startsWith("text/event-stream")) {
      return Messages.parsed(new String(body.readAllBytes(), StandardCharsets.UTF_8));
    }
    var events = new EventStream(body, Way.MAX_ANSWER);
    try {
      var answer = Messages.answer(events, id, beside.progress());
      if (answer == null) {
        throw new EOFException();
      }
      return answer;
    } finally {
      lastId = events.lastId() == null ? lastId : events.lastId();
      var asked = events.retry();
      if (asked != null) {
        pause = asked.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : asked;
      }
    }
  }
}
