package dev.toolwright;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Somebody else's HTTP service: answers as it is told, path by path, and remembers what came.
public final class Remote implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();

  /// One request as it came.
  ///
  /// @param target path and query, as they were sent
  public record Request(
      String method, String target, Map<String, List<String>> headers, String body) {
    public @Nullable String header(String name) {
      var values =
          headers.get(
              name.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                  + name.substring(1).toLowerCase(java.util.Locale.ROOT));
      return values == null ? null : values.getFirst();
    }
  }

  /// What is answered.
  @FunctionalInterface
  public interface Reply {
    /// @param count how often the path was asked for, from 1
    void to(HttpExchange exchange, int count) throws IOException, InterruptedException;
  }

  public Remote() {
    this("127.0.0.1");
  }

  /// @param address of this machine, such as `127.66.0.1`
  public Remote(String address) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral(address), 0), 100);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /// Without a trailing slash.
  public String url() {
    return "http://" + server.getAddress().getAddress().getHostAddress() + ":" + port();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  public void at(String path, Reply reply) {
    replies.put(path, reply);
  }

  public void at(String path, int status, String body) {
    at(path, (exchange, _) -> send(exchange, status, body));
  }

  public static void send(HttpExchange exchange, int status, String body) throws IOException {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }

  /// Answers never, until the fixture closes.
  public void hang() throws InterruptedException {
    closed.await();
  }

  /// What came for a path (without query).
  public List<Request> requests(String path) {
    return requests.stream()
        .filter(request -> request.target().split("\\?", 2)[0].equals(path))
        .toList();
  }

  public Request last() {
    return requests.getLast();
  }

  public int count() {
    return requests.size();
  }

  private void handle(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getRawPath();
    try {
      var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      requests.add(
          new Request(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              Map.copyOf(exchange.getRequestHeaders()),
              body));
      var count = seen.computeIfAbsent(path, _ -> new AtomicInteger()).incrementAndGet();
      var reply = replies.get(path);
      if (reply == null) {
        send(exchange, 200, "{\"fine\": true}");
      } else {
        reply.to(exchange, count);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
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
