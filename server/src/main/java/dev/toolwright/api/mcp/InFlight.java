package dev.toolwright.api.mcp;

import dev.toolwright.json.Json;
import dev.toolwright.mcp.McpRequest;
import dev.toolwright.mcp.Session;
import dev.toolwright.mcp.Sessions;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Requests of sessions that are being worked on, so that their clients can cancel them on whatever
/// node.
final class InFlight {
  private final ConcurrentHashMap<String, Begun> begun = new ConcurrentHashMap<>();
  private final Sessions sessions;

  InFlight(Sessions sessions) {
    this.sessions = sessions;
    sessions.whenCancelled(key -> {
      var one = begun.get(key);
      if (one != null) {
        one.cancel();
      }
    });
  }

  /// A request that the thread which made this works on.
  final class Begun {
    private final @Nullable String key;
    private final Thread thread = Thread.currentThread();
    private volatile boolean cancelled;

    private Begun(@Nullable String key) {
      this.key = key;
    }

    private void cancel() {
      cancelled = true;
      thread.interrupt();
    }

    boolean isCancelled() {
      return cancelled;
    }

    void end() {
      if (key != null) {
        begun.remove(key, this);
      }
    }
  }

  Begun begin(Client client, McpRequest request) {
    var session = client.session();
    var one =
        new Begun(session == null || request.id() == null ? null : key(session, request.id()));
    if (one.key != null) {
      begun.put(one.key, one);
    }
    return one;
  }

  void cancel(Session session, JsonNode requestId) {
    sessions.cancel(key(session, requestId));
  }

  private static String key(Session session, JsonNode requestId) {
    return session.id() + " " + Json.write(requestId);
  }
}
