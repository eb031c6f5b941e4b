package dev.toolwright.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EffectSinkTest {
  private final EffectSink sink = new EffectSink();
  private final Client client = new Client();

  @AfterEach
  void close() {
    client.close();
    sink.close();
  }

  private URI uri(String path) {
    return URI.create(sink.baseUrl() + path);
  }

  @Test
  void writes_are_counted_by_path_and_key() throws Exception {
    client.post(uri("/pay"), "one", "Idempotency-Key", "k1");
    client.post(uri("/pay"), "one", "Idempotency-Key", "k1");
    client.post(uri("/pay"), "two", "Idempotency-Key", "k2");
    var last = client.post(uri("/other"), "three");

    assertThat(Client.json(last).path("count").intValue()).isEqualTo(1);
    assertThat(sink.count("/pay", "k1")).isEqualTo(2);
    assertThat(sink.count("/other", "")).isEqualTo(1);
    var counts = Client.json(client.get(uri("/count")));
    assertThat(counts.path("total").intValue()).isEqualTo(4);
    assertThat(counts.path("keys").intValue()).isEqualTo(2);
    assertThat(counts.path("repeated").intValue()).isEqualTo(1);
    assertThat(counts.path("counts").size()).isEqualTo(3);
  }

  @Test
  void what_was_written_can_be_read_back() throws Exception {
    client.post(uri("/a?x=1"), "{\"é\":1}", "Idempotency-Key", "k", "X-Trace", "t");

    var entry = Client.json(client.get(uri("/log"))).path(0);
    assertThat(entry.path("path").asString()).isEqualTo("/a");
    assertThat(entry.path("key").asString()).isEqualTo("k");
    assertThat(entry.path("body").asString()).isEqualTo("{\"é\":1}");
    assertThat(entry.path("headers").path("x-trace").asString()).isEqualTo("t");
    assertThat(client.get(uri("/nothing")).statusCode()).isEqualTo(404);
  }

  @Test
  void the_answer_is_as_asked_for() throws Exception {
    var before = System.nanoTime();
    assertThat(client.post(uri("/a?status=503&delay_ms=60"), "").statusCode()).isEqualTo(503);

    assertThat(System.nanoTime() - before).isGreaterThan(50_000_000);
  }

  @Test
  void a_write_that_hangs_was_counted() throws Exception {
    var waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                client.post(uri("/a?hang"), "x", "Idempotency-Key", "k");
              } catch (Exception e) {
                // the connection goes with the server
              }
            });
    while (sink.count("/a", "k") == 0) {
      Thread.onSpinWait();
    }
    assertThat(waiting.isAlive()).isTrue();
  }

  @Test
  void thousands_of_writes_at_once_are_all_counted() throws Exception {
    try (var threads = Executors.newFixedThreadPool(16)) {
      var writes = new ArrayList<Callable<Integer>>();
      for (var i = 0; i < 2_000; i++) {
        var key = "k" + i % 500;
        writes.add(() -> client.post(uri("/a"), "x", "Idempotency-Key", key).statusCode());
      }
      for (var write : threads.invokeAll(writes)) {
        assertThat(write.get()).isEqualTo(200);
      }
    }

    assertThat(sink.effects()).hasSize(2_000);
    assertThat(sink.count("/a", "k7")).isEqualTo(4);
    client.post(uri("/reset"), "");
    assertThat(sink.effects()).isEmpty();
  }
}
