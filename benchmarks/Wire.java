import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// One kept connection that sends requests made before and reads answers: as little of an HTTP client as will do, because
/// it shares the processors with what it measures.
final class Wire implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private byte[] buffer = new byte[64 << 10];

  Wire(int port) throws IOException {
    socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000);
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  static byte[] get(String path, String token) {
    return request("GET", path, token, "");
  }

  static byte[] post(String path, String token, String body) {
    return request("POST", path, token, body);
  }

  private static byte[] request(String method, String path, String token, String body) {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    var head =
        method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Token: " + token + "\r\n"
            + (bytes.length == 0 ? "" : "Content-Type: application/json\r\nContent-Length: " + bytes.length + "\r\n")
            + "\r\n";
    var all = new byte[head.length() + bytes.length];
    System.arraycopy(head.getBytes(StandardCharsets.ISO_8859_1), 0, all, 0, head.length());
    System.arraycopy(bytes, 0, all, head.length(), bytes.length);
    return all;
  }

  /// The body of the answer.
  ///
  /// @throws IOException when it is no success or does not contain `expected`: a wrong answer is no figure
  String ask(byte[] request, String expected) throws IOException {
    out.write(request);
    var end = 0;
    var head = -1;
    while (head < 0) {
      end += read(end);
      head = endOfHead(end);
    }
    var text = new String(buffer, 0, head, StandardCharsets.ISO_8859_1);
    var length = contentLength(text);
    while (end < head + length) {
      end += read(end);
    }
    var body = new String(buffer, head, length, StandardCharsets.UTF_8);
    if (!text.startsWith("HTTP/1.1 20") || !body.contains(expected)) {
      throw new IOException("Not the expected answer: " + text.lines().findFirst().orElse("") + "\n" + body);
    }
    return body;
  }

  private int read(int from) throws IOException {
    if (from == buffer.length) {
      buffer = java.util.Arrays.copyOf(buffer, 2 * from);
    }
    var count = in.read(buffer, from, buffer.length - from);
    if (count < 0) {
      throw new IOException("The server closed the connection");
    }
    return count;
  }

  private int endOfHead(int end) {
    for (var i = 3; i < end; i++) {
      if (buffer[i] == '\n' && buffer[i - 2] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  private static int contentLength(String head) throws IOException {
    var name = "content-length:";
    for (var i = head.indexOf('\n'); i >= 0 && i + 1 < head.length(); i = head.indexOf('\n', i + 1)) {
      if (head.regionMatches(true, i + 1, name, 0, name.length())) {
        return Integer.parseInt(head.substring(i + 1 + name.length(), head.indexOf('\r', i + 1)).strip());
      }
    }
    throw new IOException("An answer without a length: " + head);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
