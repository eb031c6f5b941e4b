package dev.toolwright.egress;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.io.CloseMode;
import org.jspecify.annotations.Nullable;

/// Sends every HTTP request whose destination a user, tool, model or remote names.
///
/// A destination is parsed once, resolved once, and all its addresses must be admitted by the
/// policy; the connection goes to one of those very addresses, while the certificate is checked by
/// name. Redirects, at most five, pass the same gate and take credentials no further than their
/// origin; an encrypted request is not redirected to an unencrypted one. There are no retries,
/// cookies or proxies. For many threads at once.
public final class Egress implements AutoCloseable {
  static final String TOO_LATE = "No complete answer in time";

  private final Gate gate;
  private final WorkspaceRules workspaces;
  private final CloseableHttpClient client;

  /// Of what stays open.
  private final CloseableHttpClient apart;

  private final ExecutorService exchanges;

  /// For requests of the server itself, and of workspaces that nothing narrows.
  public Egress(EgressPolicy policy, Resolver resolver) {
    this(policy, resolver, _ -> EgressRules.open());
  }

  public Egress(EgressPolicy policy, Resolver resolver, WorkspaceRules workspaces) {
    this(policy, resolver, workspaces, systemTrust());
  }

  Egress(EgressPolicy policy, Resolver resolver, WorkspaceRules workspaces, SSLContext tls) {
    this(
        new Gate(policy, resolver),
        workspaces,
        Wire.client(tls),
        Wire.client(tls),
        Executors.newVirtualThreadPerTaskExecutor());
  }

  private Egress(
      Gate gate,
      WorkspaceRules workspaces,
      CloseableHttpClient client,
      CloseableHttpClient apart,
      ExecutorService exchanges) {
    this.gate = gate;
    this.workspaces = workspaces;
    this.client = client;
    this.apart = apart;
    this.exchanges = exchanges;
  }

  /// The way to an address that this server itself opened, whatever the policy and the workspaces
  /// say, and to nothing else. Closed with this one.
  public Egress only(URI address) {
    return new Egress(gate.only(address), _ -> EgressRules.open(), client, apart, exchanges);
  }

  /// The same way over connections of its own: for streams that stay open for hours, which would
  /// take up the connections that a server may have from here. Closed with this one.
  public Egress apart() {
    return new Egress(gate, workspaces, apart, apart, exchanges);
  }

  /// Sends a request of the server itself and reads its whole answer, whatever the status. What
  /// belongs to a workspace names it.
  ///
  /// @throws InterruptedException when the calling thread is interrupted; the exchange is cut off
  public EgressResponse send(EgressRequest request) throws EgressException, InterruptedException {
    return exchanged(List.of(), request, request.timeout(), Egress::whole);
  }

  /// Sends a request for workspaces (whoever calls, and whose tool it is), within the rules of
  /// each.
  ///
  /// @throws InterruptedException when the calling thread is interrupted; the exchange is cut off
  public EgressResponse send(Collection<String> workspaceIds, EgressRequest request)
      throws EgressException, InterruptedException {
    return send(workspaceIds, EgressRules.open(), request);
  }

  /// The same, narrowed further; redirects are held to all of it too.
  ///
  /// @throws InterruptedException when the calling thread is interrupted; the exchange is cut off
  public EgressResponse send(
      Collection<String> workspaceIds, EgressRules further, EgressRequest request)
      throws EgressException, InterruptedException {
    var rules = Stream.concat(Stream.of(further), workspaceIds.stream().map(workspaces::of));
    return exchanged(rules.toList(), request, request.timeout(), Egress::whole);
  }

  private static EgressResponse whole(
      int status, Map<String, List<String>> headers, InputStream body) throws IOException {
    return new EgressResponse(status, headers, body.readAllBytes());
  }

  /// Sends a request of the server itself and lets `reader` read the answer while it arrives. The
  /// request's timeout covers the reader too. An unchecked exception of the reader is thrown on.
  ///
  /// @param silence how long the server may send nothing, before its answer and within it; longer
  ///   is an [EgressException] of kind TIMEOUT
  /// @throws InterruptedException when the calling thread is interrupted; the exchange is cut off
  public <T> T stream(EgressRequest request, Duration silence, BodyReader<T> reader)
      throws EgressException, InterruptedException {
    return exchanged(List.of(), request, silence, reader);
  }

  /// The same for workspaces, within the rules of each.
  ///
  /// @throws InterruptedException when the calling thread is interrupted; the exchange is cut off
  public <T> T stream(
      Collection<String> workspaceIds,
      EgressRequest request,
      Duration silence,
      BodyReader<T> reader)
      throws EgressException, InterruptedException {
    return exchanged(workspaceIds.stream().map(workspaces::of).toList(), request, silence, reader);
  }

  private <T> T exchanged(
      List<EgressRules> rules, EgressRequest request, Duration silence, BodyReader<T> reader)
      throws EgressException, InterruptedException {
    var exchange = new Exchange<>(this, first(request), rules, request, silence, reader);
    var task = submitted(exchange);
    try {
      return task.get(request.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new EgressException(EgressException.Kind.TIMEOUT, TOO_LATE, exchange.abandon());
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    } finally {
      if (!task.isDone()) {
        exchange.abandon();
        task.cancel(true);
      }
    }
  }

  @Override
  public void close() {
    exchanges.shutdownNow();
    gate.close();
    client.close(CloseMode.IMMEDIATE);
    apart.close(CloseMode.IMMEDIATE);
  }

  CloseableHttpClient client() {
    return client;
  }

  private <T> Future<T> submitted(Exchange<T> exchange) throws EgressException {
    try {
      return exchanges.submit(exchange::run);
    } catch (RejectedExecutionException e) {
      throw new EgressException(
          EgressException.Kind.UNREACHABLE, "The server is shutting down", false);
    }
  }

  Gate gate() {
    return gate;
  }

  private static Hop first(EgressRequest request) throws EgressException {
    try {
      return Hop.first(request);
    } catch (IllegalArgumentException e) {
      throw new EgressException(EgressException.Kind.DENIED, Exchange.sentence(e), false);
    }
  }

  static EgressException failure(@Nullable Throwable cause) throws InterruptedException {
    return switch (cause) {
      case EgressException e -> e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case InterruptedException e -> throw e;
      case null, default -> throw new IllegalStateException("An exchange failed unexpectedly");
    };
  }

  private static SSLContext systemTrust() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no TLS", e);
    }
  }
}
