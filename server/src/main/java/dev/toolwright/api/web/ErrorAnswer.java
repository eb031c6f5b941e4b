package dev.toolwright.api.web;

import dev.toolwright.http.Problem;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/// The one shape of an error on every face.
///
/// @param messages one is written as a string, several as an array; on the Catalog face the faults
///   of fields are always an array
/// @param ofFields whether they are the faults of fields
record ErrorAnswer(
    int status,
    String reason,
    List<String> messages,
    boolean ofFields,
    Map<String, Object> details,
    @Nullable Duration retryAfter) {
  static ErrorAnswer of(Problem problem) {
    return new ErrorAnswer(
        problem.kind().status,
        problem.kind().reason,
        problem.messages(),
        problem.isOfFields(),
        problem.details(),
        problem.retryAfter());
  }

  static ErrorAnswer of(int status, String message) {
    for (var kind : Problem.Kind.values()) {
      if (kind.status == status) {
        return new ErrorAnswer(status, kind.reason, List.of(message), false, Map.of(), null);
      }
    }
    return new ErrorAnswer(
        status, HttpStatus.getMessage(status), List.of(message), false, Map.of(), null);
  }

  static ErrorAnswer internal() {
    return of(
        Problem.Kind.INTERNAL.status,
        "Something went wrong on the server; its log has the cause under this requestId");
  }

  /// @param path of the request: the Agents face adds `response`
  byte[] body(String path, String requestId) {
    var body = Json.object();
    body.put("statusCode", status).put("error", reason);
    if (messages.size() == 1 && !(ofFields && isBelow(path, "/tools"))) {
      body.put("message", messages.getFirst());
    } else {
      body.set("message", Json.tree(messages));
    }
    body.set("details", Json.tree(details));
    body.put("requestId", requestId);
    if (ofAgentsFace(path)) {
      body.put("response", Integer.toString(status));
    }
    return Json.bytes(body);
  }

  /// `Retry-After` in whole seconds, at least one; null when there is none.
  @Nullable String retryAfterSeconds() {
    return retryAfter == null
        ? null
        : Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds()));
  }

  private static boolean ofAgentsFace(String path) {
    return List.of("/agents", "/jobs", "/token").stream().anyMatch(face -> isBelow(path, face));
  }

  private static boolean isBelow(String path, String face) {
    return path.equals(face) || path.startsWith(face + "/");
  }
}
