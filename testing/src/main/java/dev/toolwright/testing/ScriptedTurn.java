package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import dev.toolwright.testing.Script.Directive;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// One answer of the [ScriptedModel]: the request's conversation, and what its script directs now.
final class ScriptedTurn {
  private static final Pattern PLACEHOLDER =
      Pattern.compile("<<(?:last_tool_result|tool_result:([^<>]+))>>");
  private static final Set<String> FAULTS =
      Set.of(
          "SLOW", "ERROR", "HANG", "DROP", "EMPTY", "BADJSON", "CUT", "END", "STALL", "BREAK",
          "REFUSES");
  private static final String HALF_ARGUMENTS = "{\"half\": \"wri";

  private final JsonNode request;
  private final JsonNode body;
  private final Dialect dialect;
  private final boolean streams;
  private final FixtureServer server;
  private final Count count;
  private final JsonNode messages;
  private final String conversation;
  private final int direction;
  private final int turn;
  private final List<Directive> directives;

  /// Whether the directive of that name is still to happen, having happened less than `limit`
  /// times; asking counts.
  interface Count {
    boolean isDue(String directive, int limit);
  }

  /// @param request in the dialect, and not refused by it
  /// @param streams whether streams are given to those who ask for them
  ScriptedTurn(
      JsonNode request, Dialect dialect, boolean streams, FixtureServer server, Count count) {
    this.request = request;
    this.body = dialect.canonical(request);
    this.dialect = dialect;
    this.server = server;
    this.count = count;
    this.messages = body.path("messages");
    var first = -1;
    var last = -1;
    var answered = 0;
    for (var i = 0; i < messages.size(); i++) {
      switch (messages.get(i).path("role").asString()) {
        case "user" -> {
          first = first < 0 ? i : first;
          last = i;
          answered = 0;
        }
        case "assistant" -> answered++;
        default -> {}
      }
    }
    this.direction = last;
    this.turn = answered;
    this.conversation = Integer.toHexString(text(first).hashCode()) + "/" + text(last).hashCode();
    this.directives = Script.of(text(last)).turn(turn);
    this.streams =
        streams
            && request.path("stream").booleanValue(false)
            && directives.stream().noneMatch(directive -> directive.word().equals("WHOLE"));
  }

  void play(HttpExchange exchange) throws IOException, InterruptedException {
    for (var i = 0; i < directives.size(); i++) {
      var directive = directives.get(i);
      if (FAULTS.contains(directive.word())
          && misbehaves(exchange, directive, conversation + "/" + turn + "/" + i)) {
        return;
      }
    }
    deliver(exchange, completion(), Delivery::complete);
  }

  /// What becomes of an answer.
  private interface Fate {
    void befall(Delivery delivery) throws IOException, InterruptedException;
  }

  private void deliver(HttpExchange exchange, ObjectNode completion, Fate fate)
      throws IOException, InterruptedException {
    var answer = dialect.answer(completion);
    if (answer.status() != 200) {
      ScriptedModel.answer(exchange, answer);
      return;
    }
    var pace =
        directives.stream()
            .filter(directive -> directive.word().equals("PACE"))
            .mapToInt(directive -> directive.number(0, 0))
            .sum();
    var frames = streams ? dialect.frames(answer.body(), request) : List.<Dialect.Frame>of();
    fate.befall(new Delivery(server, exchange, dialect, answer.body(), frames, pace));
  }

  /// Carries out a directive that replaces the answer; false when it is of another kind, or spent.
  private boolean misbehaves(HttpExchange exchange, Directive directive, String id)
      throws IOException, InterruptedException {
    if (directive.word().equals("SLOW")) {
      server.pause(directive.number(0, 0));
      return false;
    }
    if (directive.word().equals("REFUSES")) {
      return refuses(exchange, directive.argument(0, "nothing"));
    }
    var place =
        switch (directive.word()) {
          case "ERROR" -> 2;
          case "BREAK" -> 1;
          default -> 0;
        };
    var limit = directive.number(place, Integer.MAX_VALUE);
    if (!count.isDue(id, limit)) {
      return false;
    }
    switch (directive.word()) {
      case "ERROR" -> error(exchange, directive);
      case "HANG" -> server.hang();
      case "EMPTY" -> {
        var empty = envelope();
        empty.putArray("choices");
        deliver(exchange, empty, Delivery::complete);
      }
      case "BADJSON" -> deliver(exchange, completion(), Delivery::spoil);
      case "CUT" -> deliver(exchange, completion(), Delivery::cut);
      case "END" -> deliver(exchange, completion(), Delivery::end);
      case "STALL" -> deliver(exchange, completion(), Delivery::stall);
      case "BREAK" -> {
        var error = dialect.error(directive.number(0, 500), "Scripted error", null, null);
        deliver(exchange, completion(), delivery -> delivery.fail(error));
      }
      default -> {
        // DROP: the exchange is closed without an answer, and its connection with it.
      }
    }
    return true;
  }

  /// Turns a request down for a parameter, as long as it has it.
  private boolean refuses(HttpExchange exchange, String parameter) throws IOException {
    if (!request.has(parameter)) {
      return false;
    }
    var says = "Unsupported value: '" + parameter + "' does not support this value.";
    ScriptedModel.answer(exchange, dialect.error(400, says, parameter, "unsupported_value"));
    return true;
  }

  private void error(HttpExchange exchange, Directive directive) throws IOException {
    var retryAfter = directive.argument(1, "");
    if (!retryAfter.isEmpty()) {
      exchange.getResponseHeaders().set("Retry-After", retryAfter);
    }
    ScriptedModel.answer(
        exchange, dialect.error(directive.number(0, 500), "Scripted error", null, null));
  }

  private ObjectNode completion() {
    var answer = envelope();
    var choice = answer.putArray("choices").addObject().put("index", 0);
    var message = choice.putObject("message").put("role", "assistant").putNull("content");
    message.putNull("refusal");
    choice.put("finish_reason", "stop");
    if (directives.isEmpty()) {
      message.put("content", "No directive is left. " + result(null));
    }
    for (var directive : directives) {
      switch (directive.word()) {
        case "SAY" -> message.put("content", filled(directive.rest(), false));
        case "CALL", "LOOP" -> call(choice, directive.tool(), filled(directive.json(), true));
        case "MALFORMED" -> call(choice, directive.argument(0, offered()), "{\"broken\": ");
        case "UNKNOWN_TOOL" -> call(choice, directive.argument(0, "no_such_tool"), "{}");
        case "LENGTH" -> {
          call(choice, offered(), HALF_ARGUMENTS);
          choice.put("finish_reason", "length");
        }
        case "REFUSE" ->
            message.put("refusal", directive.rest().isEmpty() ? "I cannot." : directive.rest());
        case "FILTER" -> choice.put("finish_reason", "content_filter");
        case "USAGE" -> usage(answer, directive.number(0, 0), directive.number(1, 0));
        default -> {}
      }
    }
    return answer;
  }

  private void call(ObjectNode choice, String tool, String arguments) {
    var message = (ObjectNode) choice.path("message");
    var calls = message.withArray("tool_calls");
    // Distinct in the whole conversation, as a provider's are.
    var id = "call_%d_%d".formatted(messages.size(), calls.size() + 1);
    calls
        .addObject()
        .put("id", id)
        .put("type", "function")
        .putObject("function")
        .put("name", tool)
        .put("arguments", arguments);
    choice.put("finish_reason", "tool_calls");
  }

  private ObjectNode envelope() {
    var answer =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", "chatcmpl-" + conversation.replace('/', '-') + "-" + turn)
            .put("object", "chat.completion")
            .put("created", 1_790_000_000)
            .put("model", body.path("model").asString());
    usage(answer, messages.toString().length() / 4, 10);
    return answer;
  }

  private static void usage(ObjectNode answer, int prompt, int completion) {
    answer
        .putObject("usage")
        .put("prompt_tokens", prompt)
        .put("completion_tokens", completion)
        .put("total_tokens", prompt + completion);
  }

  private String offered() {
    return body.path("tools").path(0).path("function").path("name").asString("no_such_tool");
  }

  private String text(int index) {
    var content = messages.path(index).path("content");
    if (content.isString()) {
      return content.stringValue();
    }
    var text = new StringBuilder();
    content.forEach(part -> text.append(part.path("text").asString("")));
    return text.toString();
  }

  private String filled(String text, boolean json) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(match -> {
          var value = result(match.group(1));
          var literal = FixtureServer.JSON.writeValueAsString(value);
          return Matcher.quoteReplacement(
              json ? literal.substring(1, literal.length() - 1) : value);
        });
  }

  /// What the tool, or any tool when null, answered last.
  private String result(@Nullable String tool) {
    for (var i = messages.size() - 1; i > direction; i--) {
      var message = messages.get(i);
      if (message.path("role").asString().equals("tool")
          && (tool == null || tool.equals(called(message.path("tool_call_id").asString(), i)))) {
        return text(i);
      }
    }
    return "";
  }

  private String called(String id, int before) {
    for (var i = before - 1; i > direction; i--) {
      for (var call : messages.get(i).path("tool_calls")) {
        if (call.path("id").asString().equals(id)) {
          return call.path("function").path("name").asString();
        }
      }
    }
    return "";
  }
}
