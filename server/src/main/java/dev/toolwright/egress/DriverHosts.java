package dev.toolwright.egress;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Where drivers may go that open their sockets themselves (databases, Kafka, mail) and so cannot
/// send through [Egress]: to hosts that the operator approved, wherever they lie, and nowhere else,
/// not even on the public internet. The rules of the workspace narrow that further, as `tcp://`.
public final class DriverHosts implements AutoCloseable {
  private final Gate gate;
  private final WorkspaceRules workspaces;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /// @param approved see [EgressPolicy#ofDrivers]
  public DriverHosts(EgressPolicy approved, Resolver resolver, WorkspaceRules workspaces) {
    this.gate = new Gate(approved, resolver);
    this.workspaces = workspaces;
  }

  /// The addresses of a host that a driver may connect to now, at least one. The driver must
  /// connect to one of them: a second look-up could answer something else.
  ///
  /// @throws EgressException DENIED, UNREACHABLE or TIMEOUT; nothing was sent
  public List<InetAddress> addresses(String workspaceId, String host, int port, Duration timeout)
      throws EgressException, InterruptedException {
    var rules = workspaces.of(workspaceId);
    var to = new Origin(Origin.TCP, name(host), checked(port));
    var task = submitted(to, rules);
    try {
      return task.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new EgressException(
          EgressException.Kind.TIMEOUT, "The name of the server was not found in time", false);
    } catch (ExecutionException e) {
      throw Egress.failure(e.getCause());
    } finally {
      task.cancel(true);
    }
  }

  private Future<List<InetAddress>> submitted(Origin to, EgressRules rules) throws EgressException {
    try {
      return threads.submit(() -> gate.addresses(to, List.of(rules), false));
    } catch (RejectedExecutionException e) {
      throw new EgressException(
          EgressException.Kind.UNREACHABLE, "The server is shutting down", false);
    }
  }

  private static String name(String host) throws EgressException {
    var bare = host.indexOf(':') >= 0 && !host.startsWith("[");
    try {
      return Destination.name(bare ? "[" + host + "]" : host);
    } catch (IllegalArgumentException e) {
      throw new EgressException(EgressException.Kind.DENIED, Gate.REFUSAL, false);
    }
  }

  private static int checked(int port) throws EgressException {
    if (port < 1 || port > 65_535) {
      throw new EgressException(EgressException.Kind.DENIED, Gate.REFUSAL, false);
    }
    return port;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    gate.close();
  }
}
