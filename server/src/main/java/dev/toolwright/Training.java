package dev.toolwright;

import dev.toolwright.config.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The hidden command `train`: starts a server, has it answer the commonest requests so that their
/// classes are loaded, and ends; the Java machine writes its class cache when the process ends.
final class Training {
  private static final List<String> PATHS =
      List.of("/", "/health/ready", "/api/version", "/mcp", "/nowhere");
  private static final int ROUNDS = 3;
  private static final int PATIENCE_MS = 5_000;

  private Training() {}

  static int run(Settings settings, RunningServer.Opener opener) throws InterruptedException {
    LogFile.open(settings);
    try (var server = opener.open(settings)) {
      for (var round = 0; round < ROUNDS; round++) {
        PATHS.forEach(path -> request(server.address(), path));
      }
    }
    return 0;
  }

  /// A plain socket, so that no HTTP client's classes enter the cache.
  private static void request(URI address, String path) {
    try (var socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MS);
      socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), PATIENCE_MS);
      var request =
          "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
              .formatted(path, address.getAuthority());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      // An answer is not needed, only the attempt to give one.
      return;
    }
  }
}
