package dev.toolwright.api.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Answers that take their time: streams, long waits, and the end of the server.
class StreamTest {
  private final SynchronousQueue<String> toSend = new SynchronousQueue<>();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch streamEnded = new CountDownLatch(1);
  private final WebFixture server =
      new WebFixture(
          _ -> routes(),
          new WebSettings(
              "127.0.0.1", 0, List.of(), Duration.ofSeconds(1), Duration.ofSeconds(10)));

  private List<Route> routes() {
    return List.of(
        Route.of("GET", "/agents/events", Access.group("agents"), Role.VIEWER, "", this::stream)
            .with(Route.Trait.STREAMS),
        Route.of(
            "GET",
            "/agents/wait",
            Access.group("agents"),
            Role.VIEWER,
            "",
            x -> {
              entered.countDown();
              if (!release.await(10, TimeUnit.SECONDS)) {
                throw new TimeoutException();
              }
              x.json(200, Json.object());
            }));
  }

  private void stream(Exchange x) throws InterruptedException {
    var events = x.sse();
    entered.countDown();
    for (int id = 1; !events.closed(); id++) {
      var text = toSend.poll(100, TimeUnit.MILLISECONDS);
      if (text == null) {
        events.comment();
      } else {
        events.event(Integer.toString(id), "step\nx", Json.object().put("text", text));
      }
    }
    streamEnded.countDown();
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.close();
  }

  @Test
  void events_arrive_when_they_are_written_and_a_gone_client_ends_the_stream() throws Exception {
    var request = server.request("GET", "/agents/events", null).header("X-Token", server.token);
    var response = server.client.send(request.build(), BodyHandlers.ofInputStream());
    assertThat(response.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/event-stream");
    assertThat(response.headers().firstValue("X-Accel-Buffering")).contains("no");
    try (var reader =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (var text : List.of("one", "two\nlines")) {
        toSend.put(text);
        var line = reader.readLine();
        while (line != null && !line.startsWith("data:")) {
          line = reader.readLine();
        }
        assertThat(line).isEqualTo("data: " + Json.object().put("text", text));
      }
    }
    assertThat(streamEnded.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_head_request_starts_no_stream() throws Exception {
    var response = server.call("HEAD", "/agents/events", null);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(streamEnded.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_draining_server_finishes_what_it_has_and_takes_nothing_new() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = threads.submit(() -> server.call("GET", "/agents/wait", null));
      assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
      var drained =
          threads.submit(() -> {
            server.web.drain();
            return true;
          });
      var refused = server.call("GET", "/nowhere", null);
      while (refused.statusCode() != 503) {
        refused = server.call("GET", "/nowhere", null);
      }
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(refused.body()).contains("\"statusCode\":503");
      assertThat(drained.isDone()).isFalse();
      release.countDown();
      assertThat(running.get().statusCode()).isEqualTo(200);
      assertThat(drained.get()).isTrue();
    }
  }

  @Test
  void without_its_database_the_server_says_to_try_again() throws Exception {
    server.database.database().close();
    var response = server.call("GET", "/agents/wait", null);
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
  }

  @Test
  void an_answer_may_take_longer_than_a_connection_may_rest() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = threads.submit(() -> server.call("GET", "/agents/wait", null));
      assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(new CountDownLatch(1).await(2_500, TimeUnit.MILLISECONDS)).isFalse();
      release.countDown();
      assertThat(running.get().statusCode()).isEqualTo(200);
    }
  }
}
