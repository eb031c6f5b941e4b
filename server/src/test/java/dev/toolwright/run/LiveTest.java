package dev.toolwright.run;

import static dev.toolwright.run.Acts.completed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a run says while it goes on; the fixture follows on another node than the one that works.
@SuppressWarnings("NullAway.Init")
class LiveTest {
  private static final Duration LONG = Duration.ofSeconds(15);
  private static RunFixture fixture;

  @BeforeAll
  static void open() {
    fixture = new RunFixture();
  }

  @AfterEach
  void quiet() {
    fixture.quiet();
  }

  @AfterAll
  static void close() {
    fixture.close();
  }

  private static Thread follow(Run run, List<RunEvent> heard) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            fixture.runs.follow(
                run,
                0,
                events -> {
                  heard.addAll(events);
                  return true;
                });
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @Test
  void what_is_said_is_heard_on_another_node_in_its_order_and_stored_nowhere() throws Exception {
    var program =
        RunFixture.program(journal -> {
          await().atMost(LONG).until(journal::isFollowed);
          for (var i = 0; i < 20; i++) {
            journal.tell("delta", Json.object().put("i", i).put("text", "grüße\n😀"));
          }
          return completed();
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    var heard = new CopyOnWriteArrayList<RunEvent>();

    assertThat(follow(run, heard).join(LONG)).isTrue();

    var said = heard.stream().filter(event -> !event.isStored()).toList();
    assertThat(said)
        .extracting(event -> event.data().path("i").intValue())
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
    assertThat(said).allMatch(event -> event.type().equals("delta"));
    assertThat(said).allMatch(event -> event.data().path("text").asString().equals("grüße\n😀"));
    assertThat(heard).filteredOn(RunEvent::isStored).hasSize(fixture.events(run).size());
    assertThat(fixture.events(run)).noneMatch(event -> event.type().equals("delta"));
  }

  @Test
  void a_run_knows_whether_anybody_follows_it() throws Exception {
    var journal = new AtomicReference<Journal>();
    var go = new Semaphore(0);
    var program =
        RunFixture.program(own -> {
          journal.set(own);
          go.acquire();
          return completed();
        });
    fixture.node(1, program);
    var run = fixture.submit(program);
    await().atMost(LONG).until(() -> journal.get() != null);
    assertThat(journal.get().isFollowed()).isFalse();
    var follower = follow(run, new CopyOnWriteArrayList<>());
    await().atMost(LONG).until(journal.get()::isFollowed);
    follower.interrupt();
    assertThat(follower.join(LONG)).isTrue();
    await().atMost(LONG).until(() -> !journal.get().isFollowed());
    go.release();
    fixture.until(run, RunState.COMPLETED);
  }
}
