package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.node.ObjectNode;

/// The server dies as if by `kill -9` at each place where dying is awkward, is started again, and
/// everything comes out as if it had not, or says what a person must decide.
class ChaosTest {
  @RegisterExtension private static final SharedDatabase DATABASE = new SharedDatabase();
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final String RUNS = "select count(*) from run";
  private static final String MONEY = "select count(*) from credit_entry";
  private static final String AUDIT = "select count(*) from audit";
  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final EffectSink SINK = new EffectSink();
  private static Product product = PRODUCTS.create(Map.of());
  private static Api api = product.api("");
  private static String agent = "";

  @BeforeAll
  static void make_an_agent() {
    var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
    settings.put("TOOLWRIGHT_DATABASE_URL", DATABASE.url());
    product = PRODUCTS.create(settings).start();
    api = product.api();
    api.httpTool("note", "POST", SINK.baseUrl() + "/note", true, 5_000);
    api.httpTool("book", "POST", SINK.baseUrl() + "/book", false, 5_000);
    agent = api.agent("Clerk", "note", "book");
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
  void before_a_submit_is_committed_it_has_not_happened_and_its_key_may_be_used_again()
      throws Exception {
    dieAt("submit.beforeCommit");
    var before = List.of(DATABASE.number(RUNS), DATABASE.number(MONEY), DATABASE.number(AUDIT));
    var task = Api.task(agent, "SAY Submitted");
    var key = key();
    assertThat(submit(task, key)).isEmpty();
    product.awaitDeath();
    assertThat(List.of(DATABASE.number(RUNS), DATABASE.number(MONEY), DATABASE.number(AUDIT)))
        .isEqualTo(before);
    product.start();
    var answer =
        await()
            .atMost(Duration.ofSeconds(10))
            .until(() -> api.execute(task, key), again -> again.status() != 409);
    assertThat(status(answer.ok().path("job_id").asString())).isEqualTo("completed");
    assertThat(DATABASE.number(RUNS)).isEqualTo(before.getFirst() + 1);
  }

  @Test
  void after_a_submit_is_committed_it_has_happened_though_nobody_was_told() throws Exception {
    dieAt("submit.afterCommit");
    var before = DATABASE.number(RUNS);
    var job = crash(Api.task(agent, "SAY Submitted"));
    assertThat(status(job)).isEqualTo("completed");
    assertThat(DATABASE.number(RUNS)).isEqualTo(before + 1);
  }

  @Test
  void after_a_claim_the_job_is_claimed_again() throws Exception {
    dieAt("run.afterClaim");
    var job = crash(Api.task(agent, "SAY Claimed"));
    assertThat(status(job)).isEqualTo("completed");
    assertThat(states(job))
        .containsExactly("queued", "processing", "queued", "processing", "completed");
    assertThat(MODEL.count()).isEqualTo(1);
  }

  @Test
  void while_the_model_is_asked_it_is_asked_once_more() throws Exception {
    dieAt("llm.inFlight:2");
    var job = crash(Api.task(agent, "CALL note {}\n---\nSAY Asked"));
    assertThat(status(job)).isEqualTo("completed");
    assertThat(MODEL.count()).isBetween(2, 3);
    assertThat(SINK.effects()).hasSize(1);
  }

  @Test
  void an_answer_of_the_model_that_was_not_stored_is_not_acted_upon() throws Exception {
    dieAt("llm.beforePersist");
    var job = crash(Api.task(agent, "CALL book {}\n---\nSAY Answered"));
    assertThat(status(job)).isEqualTo("completed");
    assertThat(MODEL.count()).isEqualTo(3);
    assertThat(SINK.effects()).hasSize(1);
    assertThat(
            DATABASE.number(
                "select count(*) from run_event where type = 'tool_call' and run_id = ?", run(job)))
        .isEqualTo(1);
  }

  @Test
  void an_effect_that_was_not_stored_is_repeated_under_its_key() throws Exception {
    dieAt("tool.afterEffect");
    var job = crash(Api.task(agent, "CALL note {}\n---\nSAY Noted"));
    assertThat(status(job)).isEqualTo("completed");
    assertThat(SINK.effects())
        .extracting(EffectSink.Effect::key)
        .hasSize(2)
        .containsOnly(run(job) + "/turn/1/call/1");
    assertThat(MODEL.count()).isEqualTo(2);
  }

  @Test
  void an_effect_that_must_not_happen_twice_waits_for_a_person() throws Exception {
    dieAt("tool.afterEffect");
    var job = crash(Api.task(agent, "CALL book {}\n---\nSAY Booked: <<last_tool_result>>"));
    await().atMost(Duration.ofSeconds(30)).until(() -> now(job).equals("waiting"));
    assertThat(api.job(job).path("waiting").path(0).path("reason").asString())
        .isEqualTo("outcome unknown");
    assertThat(SINK.effects()).hasSize(1);
    api.resolve(job, "done");
    assertThat(status(job)).isEqualTo("completed");
    assertThat(SINK.effects()).hasSize(1);
  }

  @Test
  void a_step_that_was_stored_is_not_done_again() throws Exception {
    dieAt("step.afterPersist:2");
    var job = crash(Api.task(agent, "CALL note {}\n---\nSAY Stored"));
    assertThat(status(job)).isEqualTo("completed");
    assertThat(SINK.effects()).hasSize(1);
    assertThat(MODEL.count()).isEqualTo(2);
  }

  @Test
  void before_its_end_is_stored_a_job_has_not_ended_and_then_ends_once() throws Exception {
    dieAt("run.beforeTerminal");
    var job = crash(Api.task(agent, "CALL book {}\n---\nSAY Ended"));
    assertThat(status(job)).isEqualTo("completed");
    // The last answer is stored with the end, so it is asked for once more.
    assertThat(MODEL.count()).isBetween(2, 3);
    assertThat(SINK.effects()).hasSize(1);
    assertThat(
            DATABASE.column("select kind from credit_entry where cause = ? order by id", run(job)))
        .containsExactly("reserve", "settle");
  }

  @Test
  void an_end_that_was_not_told_is_told_after_the_restart_under_the_same_id() throws Exception {
    dieAt("outbox.beforeSend");
    var task = Api.task(agent, "SAY Told").put("webhook_url", SINK.baseUrl() + "/told");
    var job = crash(task);
    assertThat(status(job)).isEqualTo("completed");
    await().atMost(Duration.ofSeconds(30)).until(() -> !SINK.effects().isEmpty());
    assertThat(DATABASE.column("select id from delivery where run_id = ?", run(job)))
        .containsExactly(SINK.effects().getFirst().headers().get("webhook-id"));
  }

  /// Starts the server anew so that it dies at that place.
  private static void dieAt(String failpoint) {
    if (product.isAlive()) {
      product.kill9();
    }
    product.start(Map.of("TOOLWRIGHT_FAILPOINT", failpoint));
  }

  /// Submits the task, waits for the death, starts the server again, and gives the job that the
  /// same submit names then.
  private static String crash(ObjectNode task) throws InterruptedException {
    var key = key();
    var told = submit(task, key);
    product.awaitDeath();
    product.start();
    var job = api.execute(task, key).ok().path("job_id").asString();
    told.ifPresent(before -> assertThat(job).isEqualTo(before));
    return job;
  }

  /// The job's id, if the server lived long enough to tell it.
  private static Optional<String> submit(ObjectNode task, String[] key) {
    try {
      return Optional.of(api.execute(task, key).ok().path("job_id").asString());
    } catch (UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private static String[] key() {
    return new String[] {"Idempotency-Key", UUID.randomUUID().toString()};
  }

  private static String status(String job) {
    return api.end(job).path("status").asString();
  }

  private static String now(String job) {
    return api.job(job).path("status").asString();
  }

  private static String run(String job) {
    return job.replace("job_", "run_");
  }

  private static List<String> states(String job) {
    try (var events = api.events(job, 0)) {
      return events.rest().stream()
          .filter(event -> event.is("state"))
          .map(event -> event.data().path("status").asString())
          .toList();
    }
  }
}
