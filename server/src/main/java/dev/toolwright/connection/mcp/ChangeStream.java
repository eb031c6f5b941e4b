package dev.toolwright.connection.mcp;

import dev.toolwright.egress.EgressException;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.http.EventStream;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// The stream on which a server says that its tools have changed: the one beside a session, or the
/// answer to a subscription where there are no sessions.
final class ChangeStream {
  private static final String CHANGED = "notifications/tools/list_changed";

  private final Way way;
  private final Session session;

  ChangeStream(Way way, Session session) {
    this.way = way;
    this.session = session;
  }

  /// What is asked for.
  static ObjectNode wish() {
    var params = Json.object();
    params.putObject("notifications").put("toolsListChanged", true);
    return params;
  }

  /// Reads until the stream ends, or its time does.
  ///
  /// @param subscription is sent where there are no sessions
  /// @param changed is run when the stream is open, and at each change
  /// @return the status of the server's answer
  int read(ObjectNode subscription, Runnable changed, Duration time)
      throws EgressException, InterruptedException {
    return way.egress().stream(
        way.workspaces(),
        request(subscription, time),
        time,
        (status, headers, body) -> {
          var type = headers.getOrDefault("content-type", List.of());
          if (status == 200 && !type.isEmpty() && type.getFirst().startsWith("text/event-stream")) {
            heard(body, changed);
          }
          return status;
        });
  }

  private EgressRequest request(ObjectNode subscription, Duration time) {
    if (session.isModern()) {
      return way.post(session.path(), session.headers(subscription), subscription, null, time);
    }
    var headers = new TreeMap<>(session.headers(Json.object()));
    headers.put("Accept", "text/event-stream");
    return way.get(session.path(), headers, time);
  }

  private static void heard(InputStream body, Runnable changed) throws IOException {
    // Whatever happened before is told by nobody.
    changed.run();
    var events = new EventStream(body, Way.MAX_ANSWER);
    for (var event = events.next(); event != null; event = events.next()) {
      var said = Messages.parsed(event.data());
      if (said != null && said.path("method").asString("").equals(CHANGED)) {
        changed.run();
      }
    }
  }
}
