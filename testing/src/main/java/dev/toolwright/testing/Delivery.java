package dev.toolwright.testing;

import com.sun.net.httpserver.HttpExchange;
import dev.toolwright.testing.Dialect.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// An answer on its way: whole, or as the events of a stream; and all that can happen to it.
final class Delivery {
  private static final String STREAM = "text/event-stream; charset=utf-8";
  private static final String WHOLE = "application/json";

  private final FixtureServer server;
  private final HttpExchange exchange;
  private final Dialect dialect;
  private final List<Frame> frames;
  private final byte[] whole;
  private final int pace;

  /// @param frames empty for an answer that comes whole
  /// @param pace milliseconds between two events
  Delivery(
      FixtureServer server,
      HttpExchange exchange,
      Dialect dialect,
      JsonNode whole,
      List<Frame> frames,
      int pace) {
    this.server = server;
    this.exchange = exchange;
    this.dialect = dialect;
    this.whole = FixtureServer.JSON.writeValueAsBytes(whole);
    this.frames = frames;
    this.pace = pace;
  }

  private boolean streams() {
    return !frames.isEmpty();
  }

  private String type() {
    return streams() ? STREAM : WHOLE;
  }

  void complete() throws IOException, InterruptedException {
    if (streams()) {
      write(FixtureServer.begin(exchange, STREAM, 0), frames);
    } else {
      FixtureServer.answer(exchange, 200, WHOLE, whole);
    }
  }

  private void write(OutputStream out, List<Frame> some) throws IOException, InterruptedException {
    for (var frame : some) {
      out.write(frame.bytes());
      out.flush();
      if (pace > 0) {
        server.pause(pace);
      }
    }
  }

  /// Its first half, most likely in the middle of an event.
  private byte[] half() {
    if (!streams()) {
      return Arrays.copyOf(whole, whole.length / 2);
    }
    var half = new ByteArrayOutputStream();
    frames.subList(0, middle()).forEach(frame -> half.writeBytes(frame.bytes()));
    var next = frames.get(middle()).bytes();
    half.write(next, 0, next.length / 2);
    return half.toByteArray();
  }

  private int middle() {
    return frames.size() / 2;
  }

  /// The connection breaks in the middle.
  void cut() throws IOException {
    // More is promised than comes, so that the server cannot end it properly.
    var out = FixtureServer.begin(exchange, type(), half().length + 1L);
    out.write(half());
    out.flush();
  }

  /// It ends in the middle as if it were complete.
  void end() throws IOException {
    FixtureServer.begin(exchange, type(), 0).write(half());
  }

  /// Nothing follows its first half.
  void stall() throws IOException, InterruptedException {
    var out = FixtureServer.begin(exchange, type(), 0);
    out.write(half());
    out.flush();
    server.hang();
  }

  /// An error comes where its second half should.
  void fail(Dialect.Answer error) throws IOException, InterruptedException {
    if (streams()) {
      var failing = new ArrayList<>(frames.subList(0, middle()));
      failing.add(dialect.errorFrame(error.body()));
      write(FixtureServer.begin(exchange, STREAM, 0), failing);
    } else {
      FixtureServer.json(exchange, 200, error.body());
    }
  }

  /// A body cut short, or an event that is no JSON.
  void spoil() throws IOException, InterruptedException {
    if (!streams()) {
      FixtureServer.answer(exchange, 200, WHOLE, half());
      return;
    }
    var spoiled = new ArrayList<>(frames);
    var frame = frames.get(middle());
    var data = frame.data().substring(0, frame.data().length() / 2);
    spoiled.set(middle(), new Frame(frame.type(), data));
    write(FixtureServer.begin(exchange, STREAM, 0), spoiled);
  }
}
