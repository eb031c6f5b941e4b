package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Three nodes on one database, of which one is stopped, or killed again and again. With
/// `-Dtoolwright.chaos=all` it is two minutes and 500 jobs of that, else twenty seconds and 60.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ManyNodesTest {
  @RegisterExtension private static final SharedDatabase DATABASE = new SharedDatabase();
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final boolean ALL = "all".equals(System.getProperty("toolwright.chaos"));
  private static final int SECONDS = ALL ? 120 : 20;
  private static final int JOBS = ALL ? 500 : 60;
  private static final int NODES = 3;
  private static final String BUSY = "select count(*) from run where state in ('ready', 'running')";
  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final EffectSink SINK = new EffectSink();
  private static final List<Product> NODE = new ArrayList<>();
  private static final AtomicReferenceArray<Api> API = new AtomicReferenceArray<>(NODES);
  private static final String TASK =
      "CALL note {}\n---\nCALL book {}\n---\nCALL note {}\n---\nSAY Done";
  private static String agent = "";

  @BeforeAll
  static void start_all() throws Exception {
    for (var i = 0; i < NODES; i++) {
      var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
      settings.put("TOOLWRIGHT_DATABASE_URL", DATABASE.url());
      settings.put("TOOLWRIGHT_NODE_NAME", "node" + i);
      settings.put("TOOLWRIGHT_RUN_SLOTS", "8");
      var node = PRODUCTS.create(settings);
      if (i > 0) {
        Files.createDirectories(node.home());
        Files.copy(NODE.getFirst().home().resolve("master.key"), node.home().resolve("master.key"));
      }
      NODE.add(node.start());
      API.set(i, i == 0 ? node.api() : node.api(API.get(0).token()));
    }
    var api = API.get(0);
    api.httpTool("note", "POST", SINK.baseUrl() + "/note?delay_ms=150", true, 10_000);
    api.httpTool("book", "POST", SINK.baseUrl() + "/book?delay_ms=150", false, 10_000);
    api.httpTool("slow", "POST", SINK.baseUrl() + "/slow?delay_ms=1000", true, 10_000);
    agent = api.agent("Clerk", "note", "book", "slow");
  }

  @BeforeEach
  void forget_what_was_asked() {
    MODEL.reset();
    SINK.reset();
  }

  @AfterAll
  static void close() {
    MODEL.close();
    SINK.close();
  }

  @Test
  @Order(1)
  void a_node_that_slept_through_three_leases_writes_and_does_no_more() throws Exception {
    var jobs = new ArrayList<String>();
    for (var i = 0; i < 6; i++) {
      jobs.add(API.get(0).execute(agent, "CALL slow {}\n---\n".repeat(3) + "SAY Done"));
    }
    await().until(() -> heldBy("node0") > 0 && SINK.effects().size() >= 3);
    NODE.getFirst().signal("STOP");
    var stopped = System.nanoTime();
    await().atMost(Duration.ofSeconds(15)).until(() -> heldBy("node0") == 0);
    jobs.forEach(
        job -> assertThat(API.get(1).end(job).path("status").asString()).isEqualTo("completed"));
    var stored =
        DATABASE.rows("select run_id, key, result::text, fence from run_step order by 1, 2");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> System.nanoTime() - stopped > Duration.ofSeconds(15).toNanos());
    var done = SINK.effects().size();
    NODE.getFirst().signal("CONT");
    assertThat(API.get(0).get("/health/live").status()).isEqualTo(200);
    // It works again, and what it did not know to be lost it has let go.
    var next = API.get(0).execute(agent, "SAY Awake");
    assertThat(API.get(0).end(next).path("status").asString()).isEqualTo("completed");
    assertThat(SINK.effects()).hasSize(done);
    assertThat(
            DATABASE.rows(
                "select run_id, key, result::text, fence from run_step where run_id <> ? order by 1, 2",
                next.replace("job_", "run_")))
        .isEqualTo(stored);
    assertThat(counts("/slow"))
        .hasSize(18)
        .allSatisfy((_, count) -> assertThat(count).isLessThan(3));
    Invariants.check(DATABASE);
  }

  private static long heldBy(String node) {
    return DATABASE.number(
        "select count(*) from run where state = 'running' and node_id like ? || '-%'", node);
  }

  @Test
  @Order(2)
  void with_a_node_killed_every_few_seconds_no_job_is_lost_and_nothing_blindly_repeated()
      throws Exception {
    var random = new Random(42);
    var before = DATABASE.number("select count(*) from run");
    Queue<String> accepted = new ConcurrentLinkedQueue<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var submitting = threads.submit(() -> submitAll(accepted));
      var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      while (System.nanoTime() < end) {
        var victim = random.nextInt(NODES);
        TimeUnit.MILLISECONDS.sleep(500 + random.nextInt(1_500));
        NODE.get(victim).kill9();
        NODE.get(victim).start();
        API.set(victim, NODE.get(victim).api(API.get(0).token()));
      }
      submitting.get();
    }
    assertThat(accepted).hasSize(JOBS).doesNotHaveDuplicates();
    decideAll(accepted);
    accepted.forEach(
        job -> assertThat(API.get(0).end(job).path("status").asString()).isEqualTo("completed"));
    assertThat(DATABASE.number("select count(*) from run")).isEqualTo(before + JOBS);
    Invariants.check(DATABASE);
    assertThat(counts("/note")).hasSize(2 * JOBS);
    // Only what a person declared done may be missing.
    assertThat(counts("/book")).allSatisfy((_, count) -> assertThat(count).isEqualTo(1));
  }

  /// Sends each job, under its key, until somebody has accepted it.
  private static void submitAll(Queue<String> accepted) {
    var random = new Random(7);
    for (var i = 0; i < JOBS; i++) {
      var key = UUID.randomUUID().toString();
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(1_000L * SECONDS * 3 / 4 / JOBS))
          .until(() -> submitted(API.get(random.nextInt(NODES)), key, accepted));
    }
  }

  private static boolean submitted(Api api, String key, Queue<String> accepted) {
    try {
      var answer = api.execute(Api.task(agent, TASK), "Idempotency-Key", key);
      if (answer.status() != 200) {
        assertThat(answer.status()).as(answer.text()).isIn(409, 503);
        return false;
      }
      return accepted.add(answer.json().path("job_id").asString());
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /// What was in flight when its node died and must not happen twice is declared done.
  private static void decideAll(Queue<String> jobs) {
    await()
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          if (DATABASE.number(BUSY) > 0) {
            return false;
          }
          var waiting =
              jobs.stream()
                  .filter(job ->
                      DATABASE.number(
                              "select count(*) from run where id = ? and state = 'waiting'",
                              job.replace("job_", "run_"))
                          == 1)
                  .toList();
          waiting.forEach(job -> API.get(0).resolve(job, "done"));
          return waiting.isEmpty();
        });
  }

  private static Map<String, Integer> counts(String path) {
    return SINK.effects().stream()
        .filter(effect -> effect.path().equals(path))
        .collect(Collectors.toMap(EffectSink.Effect::key, _ -> 1, Integer::sum));
  }
}
