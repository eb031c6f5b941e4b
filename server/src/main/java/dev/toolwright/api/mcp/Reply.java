package dev.toolwright.api.mcp;

import dev.toolwright.api.web.Exchange;
import dev.toolwright.api.web.Sse;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The way back of one request: a plain answer, unless something is to be said before it, or it
/// takes its time; then a stream whose last event is the answer. Only a stream shows whether the
/// client is still there.
final class Reply {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Exchange exchange;
  private final boolean mayStream;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Sse stream;

  Reply(Exchange exchange) {
    this.exchange = exchange;
    var accept = exchange.header("Accept");
    // What is kept for an Idempotency-Key has to be one answer.
    this.mayStream =
        accept != null
            && accept.contains("text/event-stream")
            && exchange.header("Idempotency-Key") == null;
  }

  /// What a request comes to.
  @FunctionalInterface
  interface Work {
    Answer run() throws InterruptedException;
  }

  /// @param status where it is no stream
  /// @param message JSON-RPC
  record Answer(int status, ObjectNode message) {}

  boolean isStreaming() {
    lock.lock();
    try {
      return stream != null;
    } finally {
      lock.unlock();
    }
  }

  boolean mayStream() {
    return mayStream;
  }

  /// Says something before the answer; nothing where no stream may be.
  void notify(String method, ObjectNode params) {
    say(Json.object().put("jsonrpc", "2.0").put("method", method).set("params", params));
  }

  /// Asks the client something.
  void ask(String id, String method, JsonNode params) {
    say(
        Json.object()
            .put("jsonrpc", "2.0")
            .put("id", id)
            .put("method", method)
            .set("params", params));
  }

  private void say(JsonNode message) {
    var open = opened();
    if (open != null) {
      open.event(null, "message", message);
    }
  }

  private @Nullable Sse opened() {
    lock.lock();
    try {
      if (stream == null && mayStream) {
        stream = exchange.sse();
      }
      return stream;
    } finally {
      lock.unlock();
    }
  }

  /// Does the work and answers with it. When the client of a stream goes, the work is stopped.
  void answer(Work work) throws InterruptedException {
    if (!mayStream) {
      finish(work.run());
      return;
    }
    var done = new CompletableFuture<Answer>();
    var worker =
        Thread.ofVirtual()
            .name("mcp-call")
            .start(() -> {
              try {
                done.complete(work.run());
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            });
    try {
      finish(awaited(done));
    } finally {
      worker.interrupt();
    }
  }

  private @Nullable Answer awaited(CompletableFuture<Answer> done) throws InterruptedException {
    while (true) {
      try {
        return done.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException _) {
        var open = opened();
        if (open != null) {
          open.comment();
          if (open.closed()) {
            return null;
          }
        }
      } catch (ExecutionException e) {
        throw thrown(e.getCause());
      }
    }
  }

  private static RuntimeException thrown(@Nullable Throwable cause) throws InterruptedException {
    return switch (cause) {
      case InterruptedException interrupted -> throw interrupted;
      case Error error -> throw error;
      case RuntimeException runtime -> runtime;
      case null, default -> new IllegalStateException(cause);
    };
  }

  private void finish(@Nullable Answer answer) {
    lock.lock();
    try {
      if (answer == null) {
        return;
      }
      if (stream == null) {
        exchange.json(answer.status(), answer.message());
      } else {
        stream.event(null, "message", answer.message());
      }
    } finally {
      lock.unlock();
    }
  }
}
