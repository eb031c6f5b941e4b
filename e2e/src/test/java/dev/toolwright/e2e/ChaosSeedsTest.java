package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/// Each failpoint many times, under twenty jobs at once: `-Dtoolwright.chaos=all`, with
/// `-Dtoolwright.chaos.seeds=200` for more than ten of each. A seed names the hit of the failpoint
/// that kills, the jobs and what a person decides.
@EnabledIfSystemProperty(named = "toolwright.chaos", matches = "all")
class ChaosSeedsTest {
  @RegisterExtension private static final SharedDatabase DATABASE = new SharedDatabase();
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final int JOBS = 20;
  private static final List<String> FAILPOINTS =
      List.of(
          "submit.beforeCommit",
          "submit.afterCommit",
          "run.afterClaim",
          "llm.inFlight",
          "llm.beforePersist",
          "tool.afterEffect",
          "step.afterPersist",
          "run.beforeTerminal",
          "outbox.beforeSend");
  private static final List<String> DECISIONS = List.of("repeat", "done", "fail");
  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final EffectSink SINK = new EffectSink();
  private static Product product = PRODUCTS.create(Map.of());
  private static String agent = "";

  /// What a client sends, again under the same key until it has an answer.
  private record Submit(ObjectNode task, String key) {
    Optional<String> send(Api api) {
      try {
        var answer = api.execute(task, "Idempotency-Key", key);
        return answer.status() == 200
            ? Optional.of(answer.json().path("job_id").asString())
            : Optional.empty();
      } catch (UncheckedIOException e) {
        return Optional.empty();
      }
    }
  }

  static Stream<Arguments> seeds() {
    var count = Integer.getInteger("toolwright.chaos.seeds", 10);
    return FAILPOINTS.stream()
        .flatMap(failpoint ->
            IntStream.rangeClosed(1, count).mapToObj(seed -> Arguments.of(failpoint, seed)));
  }

  @BeforeAll
  static void make_an_agent() {
    var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
    settings.put("TOOLWRIGHT_DATABASE_URL", DATABASE.url());
    product = PRODUCTS.create(settings).start();
    var api = product.api();
    api.httpTool("note", "POST", SINK.baseUrl() + "/note?delay_ms=20", true, 5_000);
    api.httpTool("book", "POST", SINK.baseUrl() + "/book?delay_ms=20", false, 5_000);
    agent = api.agent("Clerk", "note", "book");
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatever_dies_everything_ends_once(String failpoint, int seed) throws Exception {
    var random = new Random(failpoint.hashCode() * 31L + seed);
    SINK.reset();
    product.kill9();
    product.start(Map.of("TOOLWRIGHT_FAILPOINT", failpoint + ":" + (1 + random.nextInt(10))));
    var api = product.api();
    var submits = submits(random);
    var told = new HashMap<Submit, String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var sent = submits.stream().map(one -> threads.submit(() -> one.send(api))).toList();
      for (var i = 0; i < JOBS; i++) {
        var submit = submits.get(i);
        sent.get(i).get().ifPresent(job -> told.put(submit, job));
      }
    }
    product.awaitDeath();
    product.start();
    var jobs = new ArrayList<String>();
    for (var submit : submits) {
      var job =
          await()
              .atMost(Duration.ofSeconds(15))
              .until(() -> submit.send(api), Optional::isPresent)
              .orElseThrow();
      assertThat(job).isEqualTo(told.getOrDefault(submit, job));
      jobs.add(job);
    }
    assertThat(new HashSet<>(jobs)).hasSize(JOBS);
    var repeated = decide(api, jobs, random);
    jobs.forEach(job -> assertThat(api.end(job).path("status").asString()).isEqualTo("completed"));
    Invariants.check(DATABASE);
    checkEffects(repeated);
  }

  private static List<Submit> submits(Random random) {
    var submits = new ArrayList<Submit>();
    for (var i = 0; i < JOBS; i++) {
      var message = new StringBuilder();
      for (var turn = random.nextInt(3); turn >= 0; turn--) {
        message.append(random.nextBoolean() ? "CALL note {}\n---\n" : "CALL book {}\n---\n");
      }
      var task = Api.task(agent, message + "SAY Done " + i);
      task.put("webhook_url", SINK.baseUrl() + "/told");
      submits.add(new Submit(task, UUID.randomUUID().toString()));
    }
    return submits;
  }

  /// @return the keys of the steps that a person had repeated
  private static List<String> decide(Api api, List<String> jobs, Random random) {
    var repeated = new ArrayList<String>();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            DATABASE.number("select count(*) from run where state in ('ready', 'running')") == 0);
    for (var job : jobs) {
      var now = api.job(job);
      if (now.path("status").asString().equals("waiting")) {
        var action = DECISIONS.get(random.nextInt(DECISIONS.size()));
        if (action.equals("repeat")) {
          var step = now.path("waiting").path(0).path("step").asString();
          repeated.add(job.replace("job_", "run_") + "/" + step);
        }
        api.resolve(job, action);
      }
    }
    return repeated;
  }

  private static void checkEffects(List<String> repeated) {
    for (var effect : List.copyOf(SINK.effects())) {
      var count = SINK.count(effect.path(), effect.key());
      switch (effect.path()) {
        case "/note" -> assertThat(count).isLessThanOrEqualTo(2);
        case "/book" ->
            assertThat(count).isLessThanOrEqualTo(repeated.contains(effect.key()) ? 2 : 1);
        default -> {}
      }
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> DATABASE.number("select count(*) from delivery where state <> 'delivered'") == 0);
  }
}
