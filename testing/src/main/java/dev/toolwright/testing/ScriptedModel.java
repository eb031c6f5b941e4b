package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// A provider of OpenAI's Chat Completions, Azure's and Anthropic's Messages that is as strict as
/// the real ones and does what the last user message directs, misbehaving included. It remembers no
/// conversation: its place in the script is the number of assistant messages since. Only `times` is
/// counted, per conversation (its first user message).
///
/// Directives, one a line; `---` alone separates the model's turns:
///
/// - `CALL tool {json}`: a tool call; several in a turn are made at once
/// - `SAY text`: a text, to the end of the turn
/// - `LOOP tool {json}`: that call in this turn and for ever after
/// - `SLOW ms`: waits before anything else of its turn
/// - `ERROR status [retry_after] [times]`, `BADJSON [times]` (a body cut short), `HANG [times]`,
///   `DROP [times]` (closes the connection), `EMPTY [times]` (no choices), each that many times and
///   then the rest of the turn; without `times` for ever; `-` leaves `retry_after` out
/// - `MALFORMED [tool]`: a call whose arguments are no JSON
/// - `UNKNOWN_TOOL name`: a call of a tool, whether offered or not
/// - `LENGTH`: half a call, and the finish reason `length`
/// - `REFUSE [text]`, `FILTER`: the model's refusal, the provider's filter (on Azure an error, at
///   Anthropic a refusal without words)
/// - `USAGE prompt completion`: the token counts to report
/// - `CUT [times]` (the connection breaks in the middle of the answer), `END [times]` (it ends
///   there as if it were complete), `STALL [times]` (nothing follows), `BREAK status [times]` (an
///   error follows)
/// - `REFUSES parameter`: turns the request down as long as it has that parameter
/// - `PACE ms`: waits between the events of a stream
/// - `WHOLE`: answers whole, even if asked for a stream
///
/// `<<last_tool_result>>` and `<<tool_result:NAME>>` stand for what tools answered.
///
/// Beside `POST /v1/chat/completions`, `/v1/messages`, `/openai/v1/chat/completions` and
/// `/openai/deployments/{name}/chat/completions` it serves `GET /log` (a JSON line per request),
/// `GET /count` and `POST /reset`.
public final class ScriptedModel implements AutoCloseable {
  private static final Dialect OPENAI = new OpenAiDialect();
  private static final Dialect AZURE = new AzureDialect();
  private static final Dialect ANTHROPIC = new AnthropicDialect();
  private static final Dialect OLLAMA = new OllamaDialect();
  private static final Pattern DEPLOYMENT =
      Pattern.compile("POST /openai/(v1|deployments/[a-zA-Z0-9._-]{1,64})/chat/completions");
  private static final int MAX_LOG = 10_000;
  private static final int MAX_BODY = 32 << 20;

  private final FixtureServer server;
  private final @Nullable String key;
  private final Dialect chat;
  private final boolean streams;
  private final AtomicInteger count = new AtomicInteger();
  private final Map<String, AtomicInteger> times = new ConcurrentHashMap<>();
  private final ArrayDeque<LoggedRequest> log = new ArrayDeque<>();

  /// A request as it came.
  ///
  /// @param connection the same for all requests of one connection
  /// @param headers names in lower case; of credentials no more than the scheme
  /// @param body null node when it was no JSON
  public record LoggedRequest(
      int number, int connection, String path, Map<String, String> headers, JsonNode body) {}

  /// On any free port, open to everybody.
  public ScriptedModel() {
    this(0, null);
  }

  /// @param port 0 for any free one
  /// @param key the key to demand, each dialect in its own header; null for none
  public ScriptedModel(int port, @Nullable String key) {
    this(port, key, OPENAI, true);
  }

  private ScriptedModel(int port, @Nullable String key, Dialect chat, boolean streams) {
    this.key = key;
    this.chat = chat;
    this.streams = streams;
    this.server = new FixtureServer(port, this::handle);
  }

  /// Speaks as Ollama does at `/v1/chat/completions`.
  public static ScriptedModel ollama() {
    return new ScriptedModel(0, null, OLLAMA, true);
  }

  /// Answers whole to those who ask for a stream, as some compatible servers do.
  public static ScriptedModel withoutStreams(@Nullable String key) {
    return new ScriptedModel(0, key, OPENAI, false);
  }

  /// Serves until it is killed: `[port] [key]`. Prints the base URL.
  public static void main(String[] args) throws InterruptedException {
    var port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
    try (var model = new ScriptedModel(port, args.length > 1 ? args[1] : null)) {
      System.out.println("listening on " + model.baseUrl());
      model.server.hang();
    }
  }

  /// What a client calls its base URL; ends in `/v1`.
  public URI baseUrl() {
    return URI.create("http://127.0.0.1:" + server.port() + "/v1");
  }

  /// What a client of Azure calls its endpoint, and one of Anthropic or Ollama its base URL.
  public URI origin() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /// How many completions were asked for, refused ones included.
  public int count() {
    return count.get();
  }

  /// The last requests, oldest first, at most 10 000.
  public List<LoggedRequest> requests() {
    synchronized (log) {
      return List.copyOf(log);
    }
  }

  /// Forgets requests and counted directives.
  public void reset() {
    synchronized (log) {
      log.clear();
      count.set(0);
    }
    times.clear();
  }

  @Override
  public void close() {
    server.close();
  }

  private void handle(HttpExchange exchange) throws IOException, InterruptedException {
    var asked = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    switch (asked) {
      case "POST /v1/chat/completions" -> complete(exchange, chat);
      case "POST /v1/messages" -> complete(exchange, ANTHROPIC);
      case "GET /log" -> FixtureServer.lines(exchange, requests());
      case "GET /count" -> FixtureServer.json(exchange, 200, Map.of("count", count()));
      case "POST /reset" -> {
        reset();
        FixtureServer.json(exchange, 200, Map.of());
      }
      default -> {
        if (DEPLOYMENT.matcher(asked).matches()) {
          complete(exchange, AZURE);
        } else {
          answer(exchange, OPENAI.error(404, "Invalid URL (" + asked + ")", null, null));
        }
      }
    }
  }

  private void complete(HttpExchange exchange, Dialect dialect)
      throws IOException, InterruptedException {
    var bytes = exchange.getRequestBody().readNBytes(MAX_BODY);
    JsonNode body;
    try {
      body = FixtureServer.JSON.readTree(bytes);
    } catch (JacksonException e) {
      body = JsonNodeFactory.instance.nullNode();
    }
    log(exchange, body);
    var refusal = dialect.refusal(exchange, body, key);
    if (refusal != null) {
      answer(exchange, refusal);
      return;
    }
    new ScriptedTurn(body, dialect, streams, server, this::isDue).play(exchange);
  }

  /// Whether a directive that is to happen `limit` times is still to happen in its conversation.
  private boolean isDue(String directive, int limit) {
    return times.computeIfAbsent(directive, _ -> new AtomicInteger()).getAndIncrement() < limit;
  }

  private void log(HttpExchange exchange, JsonNode body) {
    var headers = new TreeMap<String, String>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
    headers.computeIfPresent("authorization", (_, value) -> value.split(" ", 2)[0] + " ***");
    headers.computeIfPresent("api-key", (_, _) -> "***");
    headers.computeIfPresent("x-api-key", (_, _) -> "***");
    synchronized (log) {
      log.addLast(
          new LoggedRequest(
              count.incrementAndGet(),
              exchange.getRemoteAddress().getPort(),
              exchange.getRequestURI().getPath(),
              headers,
              body));
      if (log.size() > MAX_LOG) {
        log.removeFirst();
      }
    }
  }

  static void answer(HttpExchange exchange, Dialect.Answer answer) throws IOException {
    FixtureServer.json(exchange, answer.status(), answer.body());
  }
}
