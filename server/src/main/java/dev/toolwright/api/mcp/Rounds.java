package dev.toolwright.api.mcp;

import dev.toolwright.account.Caller;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import dev.toolwright.mcp.McpError;
import dev.toolwright.mcp.McpRequest;
import dev.toolwright.mcp.Sessions;
import dev.toolwright.mcp.SignedState;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Requests that need answers of the client before they can be finished. A client of the stateless
/// revision gets the questions as the result and asks again with the answers; one with a handshake
/// is asked on the stream of the request.
final class Rounds {
  private static final int MOST = 8;
  private static final Duration ANSWERED_WITHIN = Duration.ofMinutes(5);

  private final Sessions sessions;
  private final SignedState states;
  private final Schemas schemas;

  Rounds(Sessions sessions, SignedState states, Schemas schemas) {
    this.sessions = sessions;
    this.states = states;
    this.schemas = schemas;
  }

  /// What a round begins with.
  ///
  /// @param answers by the keys of what was asked; empty: nothing was answered
  /// @param state as the last round gave it; null: none
  record Given(ObjectNode answers, @Nullable JsonNode state) {}

  /// What a round comes to: a result, or what is to be asked.
  sealed interface Turn {
    record Done(ObjectNode result) implements Turn {}

    record Asking(Asks asks) implements Turn {}
  }

  /// One round.
  @FunctionalInterface
  interface Round {
    Turn play(Given given) throws McpError, InterruptedException;
  }

  /// @param subject what makes the request the same when it comes again
  ObjectNode play(Client client, McpRequest request, JsonNode subject, Reply reply, Round round)
      throws McpError, InterruptedException {
    var owner =
        new SignedState.Owner(client.caller().workspaceId(), client.caller().userId(), subject);
    var given = given(request);
    if (given.state() != null) {
      var held = states.opened(owner, given.state().asString(""));
      var asks = held.path("asks");
      given = new Given(given.answers(), held.get("state"));
      if (asks instanceof ObjectNode requests
          && !new Asks(requests, null).answeredBy(given.answers(), schemas)) {
        return required(owner, new Asks(requests, given.state()));
      }
    }
    for (var i = 0; i < MOST; i++) {
      var turn = round.play(given);
      if (turn instanceof Turn.Done(var result)) {
        return result;
      }
      var asks = ((Turn.Asking) turn).asks();
      asks.requireOf(client);
      if (client.isModern()) {
        return required(owner, asks);
      }
      given = new Given(answered(client.caller(), asks, reply), asks.state());
    }
    throw new McpError(200, McpError.INTERNAL, "This asks for input over and over", null);
  }

  private static Given given(McpRequest request) throws McpError {
    var answers = request.params().path("inputResponses");
    var state = request.params().get("requestState");
    var isWrong =
        !answers.isMissingNode()
            && !(answers.isObject() && answers.values().stream().allMatch(JsonNode::isObject));
    if (isWrong || (state != null && !state.isString())) {
      throw new McpError(
          400,
          McpError.INVALID_PARAMS,
          "inputResponses must be an object of objects, and requestState a text",
          null);
    }
    return new Given(answers instanceof ObjectNode object ? object : Json.object(), state);
  }

  private ObjectNode required(SignedState.Owner owner, Asks asks) {
    var state = Json.object();
    state.set("state", asks.state());
    state.set("asks", asks.requests());
    var result = Json.object().put("resultType", "input_required");
    result.set("inputRequests", asks.requests());
    return result.put("requestState", states.sealed(owner, state));
  }

  private ObjectNode answered(Caller caller, Asks asks, Reply reply)
      throws McpError, InterruptedException {
    if (!reply.mayStream()) {
      throw new McpError(
          200, McpError.INTERNAL, "This asks for input, which needs an answer as a stream", null);
    }
    var answers = Json.object();
    for (var one : asks.requests().properties()) {
      var id = sessions.ask(caller.workspaceId(), caller.userId());
      reply.ask(id, one.getValue().path("method").asString(""), one.getValue().path("params"));
      var answer =
          sessions
              .await(caller.workspaceId(), id, ANSWERED_WITHIN)
              .map(message -> message.get("result"))
              .orElse(null);
      if (!(answer instanceof ObjectNode object)) {
        throw new McpError(
            200, McpError.INTERNAL, "The client gave no answer to what it was asked", null);
      }
      answers.set(one.getKey(), object);
    }
    return answers;
  }
}
