package dev.toolwright.api.web;

import dev.toolwright.http.Problem;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// The first to see a request: names it, and refuses it while the server drains or is full.
final class Entrance extends Handler.Wrapper {
  private static final int MOST_AT_ONCE = 10_000;
  private static final List<String> OPEN_WHILE_DRAINING = List.of("/health/live", "/metrics");

  private final Headers headers;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition left = lock.newCondition();
  private int running;
  private volatile boolean draining;

  Entrance(Headers headers) {
    this.headers = headers;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    headers.apply(request, response);
    var path = request.getHttpURI().getPath();
    if (draining && !OPEN_WHILE_DRAINING.contains(path)) {
      refuse(request, response, callback, "The server is stopping; another will answer shortly");
      return true;
    }
    if (!enter()) {
      refuse(request, response, callback, "The server has as many requests as it can serve");
      return true;
    }
    Request.addCompletionListener(request, _ -> leave());
    return super.handle(rewritten(request), response, callback);
  }

  boolean draining() {
    return draining;
  }

  /// Refuses new requests and waits for the running ones.
  void drain(Duration grace) throws InterruptedException {
    draining = true;
    var remaining = grace.toNanos();
    lock.lockInterruptibly();
    try {
      while (running > 0 && remaining > 0) {
        remaining = left.awaitNanos(remaining);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean enter() {
    lock.lock();
    try {
      if (running >= MOST_AT_ONCE) {
        return false;
      }
      running++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void leave() {
    lock.lock();
    try {
      running--;
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// A documented client asks for `/tools&limit=100` when it has no other parameter.
  private static Request rewritten(Request request) {
    var uri = request.getHttpURI();
    var path = uri.getPath();
    if (path == null || !path.startsWith("/tools&")) {
      return request;
    }
    var more = uri.getQuery() == null ? "" : "&" + uri.getQuery();
    var query = path.substring("/tools&".length()) + more;
    return Request.serveAs(request, HttpURI.build(uri, "/tools", null, query).asImmutable());
  }

  private static void refuse(
      Request request, Response response, Callback callback, String message) {
    var answer =
        ErrorAnswer.of(
            Problem.retryLater(Problem.Kind.UNAVAILABLE, message, Duration.ofSeconds(5)));
    response.setStatus(answer.status());
    response.getHeaders().put(HttpHeader.RETRY_AFTER, answer.retryAfterSeconds());
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    var body = answer.body(request.getHttpURI().getPath(), Headers.requestId(request));
    response.write(true, ByteBuffer.wrap(body), callback);
  }
}
