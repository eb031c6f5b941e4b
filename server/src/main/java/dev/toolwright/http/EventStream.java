package dev.toolwright.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Server-Sent Events that somebody sends us, one after the other while they arrive. Comments are
/// skipped; an event that the end of the stream cuts off is none.
public final class EventStream {
  private static final int BUFFER = 8 << 10;
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private final InputStream in;
  private final int maxBytes;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int filled;
  private boolean afterReturn;
  private boolean begun;
  private @Nullable String lastId;
  private @Nullable Duration retry;

  /// @param maxBytes of one event; a longer one is an [IOException]
  public EventStream(InputStream in, int maxBytes) {
    this.in = in;
    this.maxBytes = maxBytes;
  }

  /// One event.
  ///
  /// @param type `message` where the sender names none
  /// @param data all its lines
  public record Event(String type, String data) {}

  /// The id of the last event that came whole, or of one before it; null: none had one.
  public @Nullable String lastId() {
    return lastId;
  }

  /// How long the sender wants to be left alone before the stream is taken up again; null: it has
  /// not said.
  public @Nullable Duration retry() {
    return retry;
  }

  /// Waits for the next event that has data; null at the end of the stream.
  public @Nullable Event next() throws IOException {
    var type = "";
    var data = new StringBuilder();
    var lines = 0;
    var id = lastId;
    for (var line = line(); line != null; line = line()) {
      if (line.isEmpty()) {
        lastId = id;
        if (lines > 0) {
          return new Event(type.isEmpty() ? "message" : type, data.toString());
        }
        type = "";
        continue;
      }
      var colon = line.indexOf(':');
      var field = colon < 0 ? line : line.substring(0, colon);
      var value = colon < 0 ? "" : line.substring(colon + 1);
      value = value.startsWith(" ") ? value.substring(1) : value;
      switch (field) {
        case "event" -> type = value;
        case "data" -> {
          data.append(lines++ == 0 ? "" : "\n").append(value);
          check(data.length());
        }
        case "id" -> id = value.indexOf('\0') < 0 ? value : id;
        case "retry" -> retry = NUMBER.matcher(value).matches() ? millis(value) : retry;
        default -> {}
      }
    }
    return null;
  }

  private static Duration millis(String digits) {
    return Duration.ofMillis(Long.parseLong(digits));
  }

  /// A line without its end, be that CR, LF or both; null when there is no whole one any more.
  private @Nullable String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (var next = read(); next >= 0; next = read()) {
      if (next == '\n' && afterReturn) {
        afterReturn = false;
        continue;
      }
      afterReturn = next == '\r';
      if (next == '\n' || next == '\r') {
        // A line is decoded whole: a character may come in two pieces.
        var text = line.toString(StandardCharsets.UTF_8);
        var marked = !begun && text.startsWith("\uFEFF");
        begun = true;
        return marked ? text.substring(1) : text;
      }
      line.write(next);
      check(line.size());
    }
    return null;
  }

  private int read() throws IOException {
    if (position == filled) {
      position = 0;
      filled = Math.max(0, in.read(buffer));
      if (filled == 0) {
        return -1;
      }
    }
    return buffer[position++] & 0xff;
  }

  private void check(int size) throws IOException {
    if (size > maxBytes) {
      throw new IOException("An event is longer than allowed");
    }
  }
}
