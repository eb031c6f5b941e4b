package dev.toolwright.api.web;

import dev.toolwright.http.Problem;
import dev.toolwright.idempotency.Claim;
import dev.toolwright.idempotency.Idempotency;
import dev.toolwright.idempotency.Key;
import io.javalin.http.Context;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What every request passes on its way to a route: who calls, may they, is the body acceptable,
/// has it been answered before; and back: the answer or the error, and the time it took. Nothing of
/// the body is read before the caller is known.
final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  private static final Pattern KEY = Pattern.compile("[\\x20-\\x7e]{1,255}");

  /// Keys are indexed by path, and an index entry has an end.
  private static final int LONGEST_PATH = 500;

  private final Credentials credentials;
  private final Idempotency idempotency;
  private final MeterRegistry meters;
  private final BooleanSupplier draining;

  Gate(
      Credentials credentials,
      Idempotency idempotency,
      MeterRegistry meters,
      BooleanSupplier draining) {
    this.credentials = credentials;
    this.idempotency = idempotency;
    this.meters = meters;
    this.draining = draining;
  }

  void serve(Route route, Context context) {
    var started = System.nanoTime();
    try {
      var exchange = new ServletExchange(context, idempotency, draining);
      serve(route, context, exchange);
    } catch (Problem problem) {
      // The query is read first of all: nothing else is thrown here.
      ErrorReply.send(context, ErrorAnswer.of(problem));
    }
    measure(route.method(), route.path(), context, started);
  }

  /// Notes a request that no route took.
  void measureUnmatched(Context context) {
    measure("OTHER", "unmatched", context, System.nanoTime());
  }

  // Whatever a handler does, the client gets an answer and the log its cause.
  @SuppressWarnings("CatchingUnchecked")
  private void serve(Route route, Context context, ServletExchange exchange) {
    try {
      admit(route, context, exchange);
      act(route, context, exchange);
      exchange.send();
    } catch (Exception | StackOverflowError e) {
      var answer = answerTo(e, exchange);
      if (!exchange.isCommitted()) {
        ErrorReply.send(context, answer);
        exchange.requestBody().discardRest();
      }
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void admit(Route route, Context context, ServletExchange exchange) {
    var byCookie = false;
    var group = route.access().group();
    if (group != null) {
      var identity = credentials.identify(context.req());
      var caller = identity.caller();
      if (!caller.mayCall(group)) {
        throw Problem.of(
            Problem.Kind.FORBIDDEN, "Your user may not call the endpoints of " + group);
      }
      caller.require(route.role());
      exchange.calledBy(caller, identity.tokenId());
      byCookie = identity.byCookie();
    }
    exchange.requestBody().checkHeader(byCookie, route.has(Route.Trait.ANY_CONTENT));
  }

  private void act(Route route, Context context, ServletExchange exchange) throws Exception {
    var key = key(route, context, exchange);
    if (key == null) {
      route.handler().handle(exchange);
      return;
    }
    var claim = idempotency.claim(key, hash(exchange), route.has(Route.Trait.REPLAYABLE));
    switch (claim) {
      case Claim.Replay replay -> repeat(replay, exchange);
      case Claim.Fresh fresh -> actOnce(route, fresh, exchange);
    }
  }

  private static @Nullable Key key(Route route, Context context, ServletExchange exchange) {
    var value = exchange.header("Idempotency-Key");
    if (value == null
        || route.access().isPublic()
        || !route.method().equals("POST")
        || route.has(Route.Trait.STREAMS)) {
      return null;
    }
    if (!KEY.matcher(value).matches()) {
      throw Problem.invalid("Idempotency-Key must be 1 to 255 printable ASCII characters");
    }
    var caller = exchange.caller();
    var path = context.path();
    return new Key(
        caller.workspaceId(),
        caller.userId(),
        route.method(),
        path.length() > LONGEST_PATH ? HexFormat.of().formatHex(sha256(path, new byte[0])) : path,
        value);
  }

  private static void repeat(Claim.Replay replay, ServletExchange exchange) {
    if (replay.answer() == null) {
      throw Problem.of(
          Problem.Kind.CONFLICT,
          "This Idempotency-Key was used; the answer was not kept because it held a secret");
    }
    exchange.header("Idempotency-Replayed", "true");
    exchange.json(replay.status(), replay.answer());
  }

  private void actOnce(Route route, Claim.Fresh claim, ServletExchange exchange) throws Exception {
    var storesBody = !route.has(Route.Trait.STORES_NO_BODY);
    var returned = false;
    try {
      exchange.claimed(claim, storesBody);
      route.handler().handle(exchange);
      returned = true;
    } finally {
      if (!returned) {
        settle(claim, () -> idempotency.release(claim));
      }
    }
    if (exchange.isKept()) {
      idempotency.settled(claim);
    } else if (exchange.status() / 100 == 2) {
      var answer = storesBody ? exchange.jsonAnswer() : null;
      settle(claim, () -> idempotency.done(claim, exchange.status(), answer));
    } else {
      settle(claim, () -> idempotency.release(claim));
    }
  }

  /// The work is done, or refused: a database that fails just now must not change the answer.
  private static void settle(Claim.Fresh claim, Runnable end) {
    try {
      end.run();
    } catch (RuntimeException e) {
      LOG.warn("An Idempotency-Key of {} stays open", claim.key().path(), e);
    }
  }

  private static ErrorAnswer answerTo(Throwable thrown, ServletExchange exchange) {
    return switch (thrown) {
      case Problem problem -> ErrorAnswer.of(problem);
      case BrokenRequest broken ->
          ErrorAnswer.of(broken.status, "The request's body did not arrive as announced");
      case InterruptedException _ ->
          ErrorAnswer.of(
              Problem.retryLater(
                  Problem.Kind.UNAVAILABLE, "The server is stopping", Duration.ofSeconds(5)));
      case EofException _ -> {
        LOG.debug("The client of request {} has gone", exchange.requestId());
        yield ErrorAnswer.internal();
      }
      default -> {
        LOG.error("Request {} failed", exchange.requestId(), thrown);
        yield ErrorAnswer.internal();
      }
    };
  }

  private static byte[] hash(ServletExchange exchange) {
    var query = exchange.queryString();
    return sha256(query == null ? "" : query, exchange.requestBody().bytes());
  }

  private static byte[] sha256(String first, byte[] second) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(first.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return digest.digest(second);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void measure(String method, String path, Context context, long started) {
    var status = Integer.toString(context.res().getStatus());
    meters
        .timer("http.server.requests", Tags.of("method", method, "route", path, "status", status))
        .record(Duration.ofNanos(System.nanoTime() - started));
  }
}
