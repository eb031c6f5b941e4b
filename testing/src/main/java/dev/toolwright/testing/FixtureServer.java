package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// An HTTP server on 127.0.0.1 with a virtual thread per request, whose waits end when it closes.
final class FixtureServer implements AutoCloseable {
  static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final int BACKLOG = 1_024;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);

  /// Answers one exchange. The exchange is closed afterwards, whatever happens.
  interface Handler {
    void handle(HttpExchange exchange) throws IOException, InterruptedException;
  }

  /// @param port 0 for any free one
  FixtureServer(int port, Handler handler) {
    // Without this the JDK's server holds small answers back for 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    try {
      server =
          HttpServer.create(
              new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), BACKLOG);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", exchange -> handle(exchange, handler));
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  /// Waits that long, or until the server closes.
  void pause(long milliseconds) throws InterruptedException {
    var _ = closed.await(milliseconds, TimeUnit.MILLISECONDS);
  }

  /// Waits until the server closes.
  void hang() throws InterruptedException {
    closed.await();
  }

  static void answer(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  /// Begins an answer that comes in parts; ended by closing the exchange.
  ///
  /// @param length 0 if it is not told; if more than what comes, closing breaks the connection
  static OutputStream begin(HttpExchange exchange, String type, long length) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(200, length);
    return exchange.getResponseBody();
  }

  static void json(HttpExchange exchange, int status, Object body) throws IOException {
    answer(exchange, status, "application/json", JSON.writeValueAsBytes(body));
  }

  static void lines(HttpExchange exchange, Iterable<?> entries) throws IOException {
    var text = new StringBuilder();
    for (var entry : entries) {
      text.append(JSON.writeValueAsString(entry)).append('\n');
    }
    answer(exchange, 200, "application/jsonl", text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void handle(HttpExchange exchange, Handler handler) throws IOException {
    try {
      handler.handle(exchange);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // A fixture that fails should fail its test, not hang it.
      json(exchange, 500, Map.of("error", Map.of("message", "Fixture failed: " + e)));
    } finally {
      exchange.close();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
