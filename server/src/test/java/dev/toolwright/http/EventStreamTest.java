package dev.toolwright.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.http.EventStream.Event;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventStreamTest {
  /// Gives at most so many bytes at once, as a network may.
  private static List<Event> read(String text, int atOnce) throws IOException {
    var in =
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
          @Override
          public synchronized int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(length, atOnce));
          }
        };
    return read(in);
  }

  private static List<Event> read(InputStream in) throws IOException {
    var stream = new EventStream(in, 1_000);
    var events = new ArrayList<Event>();
    for (var event = stream.next(); event != null; event = stream.next()) {
      events.add(event);
    }
    return events;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 1_000})
  void events_are_the_same_however_their_bytes_arrive(int atOnce) throws Exception {
    var text =
        "\uFEFFdata: grüße 😀\n\n: comment\nevent: a\r\ndata:1\r\ndata\r\ndata:  2\r\n\r\nid: 7\rretry: 1\rdata: cr\r\revent: none\n\n";

    assertThat(read(text, atOnce))
        .containsExactly(
            new Event("message", "grüße 😀"),
            new Event("a", "1\n\n 2"),
            new Event("message", "cr"));
  }

  @Test
  void an_id_counts_when_its_event_is_whole_and_a_pause_at_once() throws Exception {
    var text =
        "id: 1\nretry: 500\ndata:\n\nid: 2\nretry: soon\ndata: x\n\nid: 3\nretry: 70\ndata: cut";
    var stream =
        new EventStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), 1_000);
    assertThat(stream.lastId()).isNull();
    assertThat(stream.next()).isEqualTo(new Event("message", ""));
    assertThat(stream.lastId()).isEqualTo("1");
    assertThat(stream.retry()).isEqualTo(Duration.ofMillis(500));
    stream.next();
    assertThat(stream.next()).isNull();
    assertThat(stream.lastId()).isEqualTo("2");
    assertThat(stream.retry()).isEqualTo(Duration.ofMillis(70));
  }

  @ParameterizedTest
  @ValueSource(strings = {"data: half", "data: whole\n", "data: whole\nevent: x\n", ""})
  void an_event_that_the_end_cuts_off_is_none(String rest) throws Exception {
    assertThat(read("data: 1\n\n" + rest, 5)).containsExactly(new Event("message", "1"));
  }

  @Test
  void an_event_is_given_when_its_last_line_is_there_and_not_later() throws Exception {
    var stream =
        new EventStream(
            new InputStream() {
              private final byte[] bytes = "data: 1\r\n\r".getBytes(StandardCharsets.UTF_8);
              private int next;

              @Override
              public int read() {
                assertThat(next).as("bytes asked for").isLessThan(bytes.length);
                return bytes[next++];
              }

              @Override
              public int read(byte[] target, int offset, int length) {
                target[offset] = (byte) read();
                return 1;
              }
            },
            100);

    assertThat(stream.next()).isEqualTo(new Event("message", "1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"data: %s\n\n", "%s", "data: 1\ndata: 2\ndata: %s\n\n"})
  void an_event_without_measure_is_refused(String form) {
    assertThatThrownBy(() -> read(form.formatted("x".repeat(1_001)), 100))
        .isInstanceOf(IOException.class);
  }
}
