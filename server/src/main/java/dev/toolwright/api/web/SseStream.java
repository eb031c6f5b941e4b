package dev.toolwright.api.web;

import dev.toolwright.json.Json;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Writes events to the response as they come. Safe for several threads.
final class SseStream implements Sse {
  private final HttpServletResponse response;
  private final BooleanSupplier ending;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean gone;

  /// @param ending whether the server is draining
  /// @param silent a HEAD request: headers only
  SseStream(HttpServletResponse response, BooleanSupplier ending, boolean silent) {
    this.response = response;
    this.ending = ending;
    this.gone = silent;
    response.setStatus(200);
    response.setContentType("text/event-stream");
    response.setCharacterEncoding(StandardCharsets.UTF_8.name());
    response.setHeader("X-Accel-Buffering", "no");
    try {
      response.flushBuffer();
    } catch (IOException _) {
      gone = true;
    }
  }

  @Override
  public void event(@Nullable String id, String type, Object jsonData) {
    var text = new StringBuilder();
    if (id != null) {
      text.append("id: ").append(oneLine(id)).append('\n');
    }
    text.append("event: ").append(oneLine(type)).append('\n');
    text.append("data: ").append(Json.write(jsonData)).append("\n\n");
    write(text.toString());
  }

  @Override
  public void comment() {
    write(":\n\n");
  }

  @Override
  public boolean closed() {
    return gone || ending.getAsBoolean();
  }

  private void write(String text) {
    lock.lock();
    try {
      if (!gone) {
        var output = response.getOutputStream();
        output.write(text.getBytes(StandardCharsets.UTF_8));
        output.flush();
      }
    } catch (IOException _) {
      gone = true;
    } finally {
      lock.unlock();
    }
  }

  private static String oneLine(String text) {
    return text.replace('\n', ' ').replace('\r', ' ');
  }
}
