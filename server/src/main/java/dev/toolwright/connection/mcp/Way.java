package dev.toolwright.connection.mcp;

import dev.toolwright.connection.Login;
import dev.toolwright.connection.Operation;
import dev.toolwright.connection.Requests;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressRequest;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The way to a server, and what its connection signs in with there.
///
/// @param workspaces whose rules for requests hold
record Way(Egress egress, Login login, Collection<String> workspaces) {
  /// Bytes of an answer, and of one event of a stream.
  static final int MAX_ANSWER = 4 << 20;

  /// For a stream that stays open.
  Way apart() {
    return new Way(egress.apart(), login, workspaces);
  }

  EgressRequest get(String url, Map<String, String> headers, Duration timeout) {
    return request("GET", url, headers, Json.object(), null, timeout);
  }

  /// @param idempotencyKey null: none is sent
  EgressRequest post(
      String url,
      Map<String, String> headers,
      ObjectNode message,
      @Nullable String idempotencyKey,
      Duration timeout) {
    return request("POST", url, headers, message, idempotencyKey, timeout);
  }

  /// @param headers are sent as they are: nothing is filled into them
  private EgressRequest request(
      String method,
      String url,
      Map<String, String> headers,
      ObjectNode body,
      @Nullable String idempotencyKey,
      Duration timeout) {
    var operation =
        new Operation(
            method,
            url,
            Map.of(),
            Map.of(),
            null,
            Operation.BodyFormat.JSON,
            Operation.Answer.WHOLE);
    return Requests.fill(operation, login, body, idempotencyKey, timeout, MAX_ANSWER).with(headers);
  }
}
