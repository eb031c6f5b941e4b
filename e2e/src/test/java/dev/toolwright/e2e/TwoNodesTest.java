package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.e2e.Events.Event;
import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Two nodes on one database, the second with a clock that is five seconds ahead.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TwoNodesTest {
  @RegisterExtension private static final SharedDatabase DATABASE = new SharedDatabase();
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final String HELD =
      "select count(*) from run r where r.state = 'running' and r.node_id like ? || '-%'";
  private static final String FIRST_CALLS =
      """
      select count(*) from run_step s join run r on r.workspace_id = s.workspace_id and r.id = s.run_id
      where r.state = 'running' and s.key = 'turn/1/call/1' and s.state = 'done'
      """;
  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final EffectSink SINK = new EffectSink();
  private static Product one = PRODUCTS.create(Map.of());
  private static Product two = one;
  private static Api first = one.api("");
  private static Api second = first;
  private static String agent = "";

  @BeforeAll
  static void start_both() throws Exception {
    one = node("one", Map.of()).start();
    two = node("two", Map.of("TOOLWRIGHT_TEST_CLOCK_OFFSET", "5"));
    Files.createDirectories(two.home());
    Files.copy(one.home().resolve("master.key"), two.home().resolve("master.key"));
    two.start();
    first = one.api();
    second = two.api(first.token());
    first.httpTool("note", "POST", SINK.baseUrl() + "/note?delay_ms=300", true, 5_000);
    agent = first.agent("Clerk", "note");
  }

  private static Product node(String name, Map<String, String> more) {
    var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
    settings.put("TOOLWRIGHT_DATABASE_URL", DATABASE.url());
    settings.put("TOOLWRIGHT_NODE_NAME", name);
    settings.put("TOOLWRIGHT_RUN_SLOTS", "8");
    settings.putAll(more);
    return PRODUCTS.create(settings);
  }

  @BeforeEach
  void forget_what_was_asked() {
    MODEL.reset();
    SINK.reset();
  }

  @AfterEach
  void nothing_is_lost_and_nothing_counted_twice() {
    Invariants.check(DATABASE);
  }

  @AfterAll
  static void close() {
    MODEL.close();
    SINK.close();
  }

  @Test
  @Order(1)
  void a_clock_five_seconds_ahead_repeats_nothing() {
    var jobs = new ArrayList<String>();
    for (var i = 0; i < 20; i++) {
      var message =
          "CALL note {\"job\": %d}\n---\nSLOW 200\nCALL note {}\n---\nSAY Done".formatted(i);
      jobs.add((i % 2 == 0 ? first : second).execute(agent, message));
    }
    jobs.forEach(
        job -> assertThat(second.end(job).path("status").asString()).isEqualTo("completed"));
    assertThat(SINK.effects())
        .extracting(EffectSink.Effect::key)
        .hasSize(40)
        .doesNotHaveDuplicates();
    assertThat(MODEL.count()).isEqualTo(60);
    assertThat(DATABASE.number("select count(distinct fence) from run")).isEqualTo(1);
    assertThat(DATABASE.number("select max(attempt) from run_step")).isEqualTo(1);
  }

  @Test
  @Order(2)
  void when_a_node_dies_the_other_takes_its_jobs_over_and_tells_their_events() {
    var jobs = new ArrayList<String>();
    for (var i = 0; i < 12; i++) {
      jobs.add(second.execute(agent, "CALL note {}\n---\nSLOW 2000\nCALL note {}\n---\nSAY Done"));
    }
    await().until(() -> DATABASE.number(HELD, "one") > 0 && DATABASE.number(FIRST_CALLS) == 12);
    var watched =
        DATABASE
            .column(
                "select replace(id, 'run_', 'job_') from run where state = 'running' and node_id like 'one-%'")
            .getFirst();
    var seen = new ArrayList<Event>();
    try (var events = first.events(String.valueOf(watched), 0)) {
      seen.addAll(events.until(event -> event.is("tool_result")));
      one.kill9();
    }
    var killed = Instant.now();
    await().atMost(Duration.ofSeconds(12)).until(() -> DATABASE.number(HELD, "one") == 0);
    assertThat(Duration.between(killed, Instant.now())).isLessThan(Duration.ofSeconds(10));
    try (var events = second.events(String.valueOf(watched), seen.getLast().id())) {
      seen.addAll(events.rest());
    }
    assertThat(seen)
        .extracting(Event::id)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, seen.size()).boxed().toList());
    assertThat(seen).filteredOn(event -> event.is("tool_result")).hasSize(2);
    jobs.forEach(
        job -> assertThat(second.end(job).path("status").asString()).isEqualTo("completed"));
    assertThat(List.copyOf(SINK.effects()))
        .extracting(EffectSink.Effect::key)
        .hasSize(24)
        .doesNotHaveDuplicates();
  }
}
