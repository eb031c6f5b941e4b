package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A service whose only trade is to remember what was done to it: it counts the writes (POST, PUT,
/// PATCH, DELETE) it receives by path and `Idempotency-Key`, and does not filter repetitions out,
/// so that a test can see them.
///
/// Any path takes writes. A write is counted when its body has arrived, before the answer, and
/// answers `{"path", "key", "count"}`. Query parameters change the answer: `delay_ms=`, `status=`,
/// `hang` (never answers). `GET /count` tells `{"total", "keys", "repeated", "counts":[{path, key,
/// count}]}`, `GET /log` every write as `[{method, path, key, body, headers}]`, `POST /reset`
/// forgets.
public final class EffectSink implements AutoCloseable {
  private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");
  private static final int MAX_BODY = 16 << 20;

  private final FixtureServer server;
  private final Map<Target, Integer> counts = new LinkedHashMap<>();
  private final List<Effect> log = new ArrayList<>();

  /// @param key empty when the write had no `Idempotency-Key`
  private record Target(String path, String key) {}

  /// One write as it came.
  ///
  /// @param key its `Idempotency-Key`, or empty
  /// @param headers names in lower case
  public record Effect(
      String method, String path, String key, String body, Map<String, String> headers) {}

  /// On any free port.
  public EffectSink() {
    this(0);
  }

  /// @param port 0 for any free one
  public EffectSink(int port) {
    this.server = new FixtureServer(port, this::handle);
  }

  /// Serves until it is killed: `[port]`. Prints the base URL.
  public static void main(String[] args) throws InterruptedException {
    try (var sink = new EffectSink(args.length > 0 ? Integer.parseInt(args[0]) : 0)) {
      System.out.println("listening on " + sink.baseUrl());
      sink.server.hang();
    }
  }

  /// Without a trailing slash.
  public URI baseUrl() {
    return URI.create("http://127.0.0.1:" + server.port());
  }

  /// Every write so far, oldest first.
  public List<Effect> effects() {
    synchronized (log) {
      return List.copyOf(log);
    }
  }

  /// How often a path was written to with that key; "" for none.
  public int count(String path, String key) {
    synchronized (log) {
      return counts.getOrDefault(new Target(path, key), 0);
    }
  }

  /// Forgets everything.
  public void reset() {
    synchronized (log) {
      counts.clear();
      log.clear();
    }
  }

  @Override
  public void close() {
    server.close();
  }

  private void handle(HttpExchange exchange) throws IOException, InterruptedException {
    var method = exchange.getRequestMethod();
    var path = exchange.getRequestURI().getPath();
    switch (method + " " + path) {
      case "GET /count" -> FixtureServer.json(exchange, 200, summary());
      case "GET /log" -> FixtureServer.json(exchange, 200, effects());
      case "POST /reset" -> {
        reset();
        FixtureServer.json(exchange, 200, Map.of());
      }
      default -> {
        if (WRITES.contains(method)) {
          write(exchange, method, path);
        } else {
          FixtureServer.json(exchange, 404, Map.of("error", "only writes are taken here"));
        }
      }
    }
  }

  private void write(HttpExchange exchange, String method, String path)
      throws IOException, InterruptedException {
    var body = exchange.getRequestBody().readNBytes(MAX_BODY);
    var headers = new TreeMap<String, String>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
    var key = headers.getOrDefault("idempotency-key", "");
    int count;
    synchronized (log) {
      log.add(new Effect(method, path, key, new String(body, StandardCharsets.UTF_8), headers));
      count = counts.merge(new Target(path, key), 1, Integer::sum);
    }
    var query = query(exchange.getRequestURI());
    if (query.containsKey("hang")) {
      server.hang();
      return;
    }
    server.pause(Long.parseLong(query.getOrDefault("delay_ms", "0")));
    var status = Integer.parseInt(query.getOrDefault("status", "200"));
    FixtureServer.json(exchange, status, Map.of("path", path, "key", key, "count", count));
  }

  private Map<String, Object> summary() {
    synchronized (log) {
      var rows = new ArrayList<Map<String, Object>>();
      counts.forEach(
          (target, n) -> rows.add(Map.of("path", target.path(), "key", target.key(), "count", n)));
      return Map.of(
          "total", log.size(),
          "keys", counts.keySet().stream().filter(t -> !t.key().isEmpty()).count(),
          "repeated",
              counts.entrySet().stream()
                  .filter(e -> !e.getKey().key().isEmpty() && e.getValue() > 1)
                  .count(),
          "counts", rows);
    }
  }

  private static Map<String, String> query(URI uri) {
    var query = new TreeMap<String, String>();
    if (uri.getQuery() != null) {
      for (var pair : uri.getQuery().split("&", -1)) {
        var equals = pair.indexOf('=');
        query.put(
            equals < 0 ? pair : pair.substring(0, equals),
            equals < 0 ? "" : pair.substring(equals + 1));
      }
    }
    return query;
  }
}
