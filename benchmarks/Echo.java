import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/// The JDK's own HTTP server on virtual threads, answering each request with the same bytes: what HTTP costs at least, and
/// the service that the HTTP tool calls. Prints its port.
void main() throws Exception {
  System.setProperty("sun.net.httpserver.nodelay", "true");
  System.setProperty("sun.net.httpserver.maxIdleConnections", "1000");
  var body = "{\"pong\": true}".getBytes(StandardCharsets.UTF_8);
  var server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
  server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
  server.createContext("/", exchange -> {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  });
  server.start();
  System.out.println(server.getAddress().getPort());
}
