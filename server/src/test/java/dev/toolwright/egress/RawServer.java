package dev.toolwright.egress;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/// A server that shows what really went over the wire and answers byte by byte as scripted.
final class RawServer implements AutoCloseable {
  /// Answers one request. Returning keeps the connection open for the next one.
  interface Script {
    void answer(String request, OutputStream out) throws IOException, InterruptedException;
  }

  private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: (\\d+)");

  final AtomicInteger accepted = new AtomicInteger();
  final List<String> requests = new CopyOnWriteArrayList<>();
  final CountDownLatch firstRequest = new CountDownLatch(1);
  final CountDownLatch firstHangup = new CountDownLatch(1);
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ServerSocket socket;
  private final Script script;

  private RawServer(ServerSocket socket, Script script) {
    this.socket = socket;
    this.script = script;
  }

  static RawServer at(String address, Script script) throws IOException {
    return at(address, new ServerSocket(), script);
  }

  static RawServer at(String address, ServerSocket socket, Script script) throws IOException {
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
    var server = new RawServer(socket, script);
    Thread.ofVirtual().start(server::accept);
    return server;
  }

  /// Answers every request with this status line, further header lines and body.
  static Script always(String status, String headers, String body) {
    return (request, out) ->
        out.write(
            "HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s"
                .formatted(status, headers, body.length(), body)
                .getBytes(StandardCharsets.ISO_8859_1));
  }

  static Script redirect(int status, String location) {
    return always(status + " Elsewhere", "Location: " + location + "\r\n", "");
  }

  int port() {
    return socket.getLocalPort();
  }

  String only() {
    if (requests.size() != 1) {
      throw new AssertionError(requests.size() + " requests");
    }
    return requests.getFirst();
  }

  private void accept() {
    try {
      while (true) {
        var connection = socket.accept();
        accepted.incrementAndGet();
        open.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      // Closed: the test is over.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      var in = connection.getInputStream();
      for (var request = read(in); !request.isEmpty(); request = read(in)) {
        requests.add(request);
        firstRequest.countDown();
        script.answer(request, connection.getOutputStream());
        connection.getOutputStream().flush();
      }
    } catch (IOException e) {
      // The client hung up, which some tests want.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      firstHangup.countDown();
    }
  }

  private static String read(InputStream in) throws IOException {
    var text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      var next = in.read();
      if (next < 0) {
        return "";
      }
      text.append((char) next);
    }
    var length = LENGTH.matcher(text.toString().toLowerCase(Locale.ROOT));
    if (length.find()) {
      text.append(
          new String(
              in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.ISO_8859_1));
    }
    return text.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
      for (var connection : open) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
