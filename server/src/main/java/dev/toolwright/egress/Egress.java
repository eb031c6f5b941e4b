package dev.toolwright.egress;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
  /// The same for a name that does not exist, so that nobody can ask which internal names do.
  static final String REFUSAL = "The address of this request is not allowed or does not exist";

  private final EgressPolicy policy;
  private final CloseableHttpClient client;
  private final ExecutorService exchanges = Executors.newVirtualThreadPerTaskExecutor();
  private final Lookups lookups;

  public Egress(EgressPolicy policy, Resolver resolver) {
    this(policy, resolver, systemTrust());
  }

  Egress(EgressPolicy policy, Resolver resolver, SSLContext tls) {
    this.policy = policy;
    this.lookups = new Lookups(resolver);
    this.client = Wire.client(tls);
  }

  /// Sends a request and reads its whole answer, whatever the status.
  ///
  /// @throws InterruptedException when the calling thread is interrupted; the exchange is cut off
  public EgressResponse send(EgressRequest request) throws EgressException, InterruptedException {
    return stream(
        request,
        request.timeout(),
        (status, headers, body) -> new EgressResponse(status, headers, body.readAllBytes()));
  }

  /// Sends a request and lets `reader` read the answer while it arrives. The request's timeout
  /// covers the reader too. An unchecked exception of the reader is thrown on.
  ///
  /// @param silence how long the server may send nothing, before its answer and within it; longer
  ///   is an [EgressException] of kind TIMEOUT
  /// @throws InterruptedException when the calling thread is interrupted; the exchange is cut off
  public <T> T stream(EgressRequest request, Duration silence, BodyReader<T> reader)
      throws EgressException, InterruptedException {
    var exchange =
        new Exchange<>(this, first(request), request.maxResponseBytes(), silence, reader);
    var task = submitted(exchange);
    try {
      return task.get(request.timeout().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new EgressException(
          EgressException.Kind.TIMEOUT, "No complete answer in time", exchange.abandon());
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
    lookups.close();
    client.close(CloseMode.IMMEDIATE);
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

  /// The addresses of a destination, each of which the policy admits.
  List<InetAddress> addresses(Destination to, boolean sent)
      throws EgressException, InterruptedException {
    var literal = to.literal();
    var addresses = literal == null ? resolved(to, sent) : List.of(literal);
    for (var address : addresses) {
      if (!policy.admits(to.host(), to.port(), address)) {
        throw new EgressException(EgressException.Kind.DENIED, REFUSAL, sent);
      }
    }
    return addresses;
  }

  private List<InetAddress> resolved(Destination to, boolean sent)
      throws EgressException, InterruptedException {
    try {
      var addresses = lookups.resolve(to.host());
      if (addresses.length > 0) {
        return List.of(addresses);
      }
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof UnknownHostException)) {
        throw new IllegalStateException("The resolver failed", e.getCause());
      }
    } catch (RejectedExecutionException e) {
      throw new EgressException(
          EgressException.Kind.UNREACHABLE,
          "Too many names are being looked up at once; try again shortly",
          sent);
    }
    throw policy.names(to.host(), to.port())
        ? new EgressException(
            EgressException.Kind.UNREACHABLE, "The name of the server does not resolve", sent)
        : new EgressException(EgressException.Kind.DENIED, REFUSAL, sent);
  }

  private static Hop first(EgressRequest request) throws EgressException {
    try {
      return Hop.first(request);
    } catch (IllegalArgumentException e) {
      throw new EgressException(EgressException.Kind.DENIED, Exchange.sentence(e), false);
    }
  }

  private static EgressException failure(@Nullable Throwable cause) throws InterruptedException {
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
