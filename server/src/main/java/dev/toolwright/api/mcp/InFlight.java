package dev.toolwright.api.mcp;

import dev.toolwright.json.Json;
import dev.toolwright.mcp.McpRequest;
import dev.toolwright.mcp.Session;
import dev.toolwright.mcp.Sessions;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;

/// Requests of sessions that are being worked on, so that their clients can cancel them on whatever
/// node.
final class InFlight {
  private final ConcurrentHashMap<String, Thread> threads = new ConcurrentHashMap<>();
  private final Sessions sessions;

  InFlight(Sessions sessions) {
    this.sessions = sessions;
    sessions.whenCancelled(key -> {
      var thread = threads.get(key);
      if (thread != null) {
        thread.interrupt();
      }
    });
  }

  /// Closing it ends the work, on the same thread.
  @FunctionalInterface
  interface Begun extends AutoCloseable {
    @Override
    void close();
  }

  /// The thread that runs this works on the request.
  Begun begin(Client client, McpRequest request) {
    var session = client.session();
    if (session == null || request.id() == null) {
      return () -> {};
    }
    var key = key(session, request.id());
    threads.put(key, Thread.currentThread());
    return () -> threads.remove(key, Thread.currentThread());
  }

  void cancel(Session session, JsonNode requestId) {
    sessions.cancel(key(session, requestId));
  }

  private static String key(Session session, JsonNode requestId) {
    return session.id() + " " + Json.write(requestId);
  }
}
