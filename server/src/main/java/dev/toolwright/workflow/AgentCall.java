package dev.toolwright.workflow;

import dev.toolwright.agent.Execution;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.run.Priority;
import java.time.Duration;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a step asks of an agent.
final class AgentCall {
  private static final int MAX_MESSAGE = 200_000;

  private AgentCall() {}

  /// @param parameters filled in: `message`, to which `with_previous` adds the result of the step
  ///   that ended last; `context` beside that of the workflow; `tools` and `max_steps` as for a job
  /// @throws Problem 400 naming what the agent cannot take
  static Execution of(String agentId, JsonNode parameters, Scope scope, Duration timeout) {
    if (!(parameters instanceof ObjectNode given)) {
      throw Problem.invalid("The parameters are no object");
    }
    var in = Fields.of(given);
    var context = Json.object();
    if (scope.names().get("context") instanceof ObjectNode shared) {
      context.setAll(shared);
    }
    context.setAll(Objects.requireNonNullElseGet(in.object("context"), Json::object));
    var message = in.any("message");
    var said =
        message == null ? "" : message.isString() ? message.stringValue() : Json.write(message);
    var previous = scope.names().get("previous");
    if (in.bool("with_previous", false) && previous != null) {
      said += "\n\nWhat came out of the step before:\n\n" + Results.text(previous);
    }
    var execution =
        new Execution(
            agentId,
            said,
            null,
            in.texts("tools", 128, 100),
            context,
            null,
            in.integer("max_steps", 1, 100, 20),
            timeout,
            Priority.NORMAL);
    if (execution.message().isBlank()) {
      in.fault("message", "is empty");
    } else if (execution.message().length() > MAX_MESSAGE) {
      in.fault("message", "is longer than " + MAX_MESSAGE + " characters");
    }
    in.finish();
    return execution;
  }
}
