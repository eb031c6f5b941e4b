package dev.toolwright.api.web;

import dev.toolwright.http.Problem;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.tool.CallResult;
import dev.toolwright.tool.Outcome;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How a tool that was executed is answered on the faces that tell its outcome by the status.
public final class Executions {
  private Executions() {}

  /// The answer to an execution that came to its end; a failure has the shape of errors, with what
  /// is known of the execution beside.
  public static void executed(Exchange exchange, String message, CallResult result) {
    var outcome = result.outcome();
    if (outcome instanceof Outcome.Succeeded(var value)) {
      var answer = Json.object().put("message", message);
      answer.set("result", value);
      exchange.json(200, known(answer, result));
      return;
    }
    var runId = result.runId();
    if (runId != null) {
      exchange.json(202, known(waiting(Ids.as("job", runId)), result));
      return;
    }
    var status = status(outcome);
    var answer =
        Json.object()
            .put("statusCode", status)
            .put("error", reason(status))
            .put("message", outcome.error());
    answer.set("details", details(outcome));
    answer.put("requestId", exchange.requestId());
    if (outcome instanceof Outcome.Limited limited) {
      var seconds = Math.max(1, limited.retryAfter().plusMillis(999).toSeconds());
      exchange.header("Retry-After", Long.toString(seconds));
    }
    exchange.json(status, known(answer, result));
  }

  /// The tool waits for an answer from outside, and its call goes on without the client.
  private static ObjectNode waiting(String jobId) {
    return Json.object()
        .put("message", "Tool is waiting for an answer")
        .putNull("result")
        .put("status", "waiting")
        .put("jobId", jobId)
        .put("statusUrl", "/agents/status/" + jobId);
  }

  /// An answer with what is known of the execution.
  public static ObjectNode known(ObjectNode answer, CallResult result) {
    answer.put("durationMs", result.duration().toMillis());
    var logs = answer.putArray("logs");
    result.logs().forEach(logs::add);
    return answer.put("executionId", result.callId());
  }

  private static int status(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Succeeded _ -> 200;
      case Outcome.Suspended _ -> 202;
      case Outcome.Invalid _ -> 422;
      case Outcome.Denied _ -> 403;
      case Outcome.Limited _ -> 429;
      case Outcome.TimedOut _ -> 504;
      case Outcome.Unknown _ -> 409;
      case Outcome.Failed _, Outcome.Cancelled _ -> 502;
    };
  }

  private static String reason(int status) {
    for (var kind : Problem.Kind.values()) {
      if (kind.status == status) {
        return kind.reason;
      }
    }
    return "Bad Gateway";
  }

  private static JsonNode details(Outcome outcome) {
    var details = Json.object().put("error_type", outcome.errorType());
    switch (outcome) {
      case Outcome.Invalid invalid -> {
        details.set("faults", Json.tree(invalid.faults()));
        details.set("example", invalid.example());
      }
      case Outcome.Failed failed when failed.value() != null ->
          details.set("result", failed.value());
      case Outcome.Unknown unknown -> details.set("sent", unknown.sent());
      default -> {}
    }
    return details;
  }
}
