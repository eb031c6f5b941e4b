package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Reads Server-Sent Events as a browser would, line by line.
final class Events implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient client;
  private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>();
  private final List<Event> seen = new ArrayList<>();

  /// @param id the number of the event; 0 marks the end of the stream
  record Event(long id, String type, JsonNode data) {
    boolean isEnd() {
      return id == 0;
    }

    boolean is(String wanted) {
      return type.equals(wanted);
    }
  }

  private Events(HttpClient client) {
    this.client = client;
  }

  static Events open(HttpRequest request) {
    var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    var events = new Events(client);
    try {
      var response = client.send(request, BodyHandlers.ofLines());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/event-stream");
      Thread.ofVirtual().start(() -> events.read(response.body()));
      return events;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void read(Stream<String> lines) {
    var id = 0L;
    var type = "";
    var data = "";
    try {
      for (var line : (Iterable<String>) lines::iterator) {
        if (line.isEmpty()) {
          if (id > 0) {
            queue.add(new Event(id, type, Api.JSON.readTree(data)));
          }
          id = 0;
        } else if (line.startsWith("id: ")) {
          id = Long.parseLong(line.substring(4));
        } else if (line.startsWith("event: ")) {
          type = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data = line.substring(6);
        }
      }
    } catch (UncheckedIOException e) {
      // The server was killed: the stream ends here.
    } finally {
      queue.add(new Event(0, "", Api.JSON.nullNode()));
    }
  }

  /// Reads up to and with the first event that is wanted; all events so far of this stream.
  List<Event> until(Predicate<Event> wanted) {
    while (true) {
      var event = next();
      assertThat(event.isEnd()).as("The stream ended after %s", seen).isFalse();
      seen.add(event);
      if (wanted.test(event)) {
        return List.copyOf(seen);
      }
    }
  }

  /// Reads to the end of the stream.
  List<Event> rest() {
    for (var event = next(); !event.isEnd(); event = next()) {
      seen.add(event);
    }
    return List.copyOf(seen);
  }

  private Event next() {
    try {
      var event = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("No event came after " + seen);
      }
      return event;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
