package dev.toolwright.testing;

import io.temporal.testserver.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;

/// Temporal's own test server on a port of this machine: the protocol of a real one, kept in
/// memory.
public final class TemporalServer implements AutoCloseable {
  private final int port;
  private final TestServer.PortBoundTestServer server;

  public TemporalServer() {
    this(freePort());
  }

  /// One that knows nothing of what another on this port was told.
  public TemporalServer(int port) {
    this.port = port;
    // Its clock is locked to the real one, as whoever works for it lives there.
    this.server = TestServer.createPortBoundServer(port, true);
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  public void close() {
    server.close();
  }
}
