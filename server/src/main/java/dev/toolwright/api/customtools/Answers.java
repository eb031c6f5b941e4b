package dev.toolwright.api.customtools;

import dev.toolwright.account.Role;
import dev.toolwright.api.web.Access;
import dev.toolwright.api.web.Exchange;
import dev.toolwright.definition.Definitions;
import dev.toolwright.definition.Listing;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Ids;
import dev.toolwright.json.Json;
import dev.toolwright.tool.CallResult;
import dev.toolwright.tool.Outcome;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What the routes of this face answer in common.
final class Answers {
  static final Access ACCESS = Access.group("custom-tools");
  static final Role READ = Role.VIEWER;
  static final Role WRITE = Role.MEMBER;
  static final String SLUG = "[a-zA-Z][a-zA-Z0-9_-]{0,63}";
  static final String SLUG_FAULT =
      "must start with a letter, followed by at most 63 letters, digits, _ or -";

  private Answers() {}

  static @Nullable String name(Fields in, boolean isNew) {
    if (isNew && !in.has("name")) {
      in.fault("name", "is required");
    }
    return in.pattern("name", SLUG, SLUG_FAULT);
  }

  /// Refuses another name than the one that others know it by.
  static void keepName(Fields in, String name) {
    var said = in.text("name", 200);
    if (said != null && !said.equals(name)) {
      in.fault("name", "cannot be changed: others know it by this name");
    }
  }

  static ObjectNode one(String name, ObjectNode shown) {
    var answer = Json.object();
    answer.set(name, shown);
    return answer;
  }

  static ObjectNode one(String message, String name, ObjectNode shown) {
    var answer = Json.object().put("message", message);
    answer.set(name, shown);
    return answer;
  }

  static <T> ObjectNode list(String name, List<T> items, int count, Function<T, ObjectNode> shown) {
    var answer = Json.object();
    var list = answer.putArray(name);
    items.forEach(item -> list.add(shown.apply(item)));
    return answer.put("count", count);
  }

  /// `page` and `limit`, 50 unless told otherwise.
  static Listing listing(Exchange exchange) {
    var limit = limit(exchange);
    return new Listing(Definitions.Scope.USABLE, List.of(), limit, offset(exchange));
  }

  static int limit(Exchange exchange) {
    return exchange.intQuery("limit", 50, 1, 100);
  }

  static long offset(Exchange exchange) {
    return (exchange.intQuery("page", 1, 1, Integer.MAX_VALUE) - 1L) * limit(exchange);
  }

  /// Whole seconds, UTC.
  static @Nullable String time(@Nullable Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /// The answer to an execution that came to its end; a failure has the shape of errors, with what
  /// is known of the execution beside.
  static void executed(Exchange exchange, String message, CallResult result) {
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

  static ObjectNode known(ObjectNode answer, CallResult result) {
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

  static ObjectNode schema(String... fields) {
    var schema = Json.object().put("type", "object");
    var properties = schema.putObject("properties");
    for (var field : fields) {
      properties.set(field, Json.object());
    }
    return schema.put("additionalProperties", false);
  }
}
