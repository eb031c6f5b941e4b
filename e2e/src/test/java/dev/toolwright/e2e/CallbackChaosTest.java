package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.testing.ScriptedModel;
import dev.toolwright.testing.WebhookReceiver;
import dev.toolwright.testing.WebhookReceiver.Answer;
import dev.toolwright.testing.WebhookReceiver.Message;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// Calls that wait for a receiver's callback while the server dies as if by `kill -9`. The receiver
/// checks every signature, and refuses another body under the same `Idempotency-Key`.
class CallbackChaosTest {
  @RegisterExtension private static final SharedDatabase DATABASE = new SharedDatabase();
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final WebhookReceiver RECEIVER = new WebhookReceiver();
  private static Product product = PRODUCTS.create(Map.of());
  private static Api api = product.api("");
  private static int number;

  private final String path = "/hook" + ++number;
  private final String tool = "ask" + number;

  @BeforeAll
  static void start() {
    var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
    settings.put("TOOLWRIGHT_DATABASE_URL", DATABASE.url());
    // The port is another after each start; behind a proxy it would stay.
    settings.put("TOOLWRIGHT_PUBLIC_URL", "https://tools.example.com");
    product = PRODUCTS.create(settings).start();
    api = product.api();
  }

  @AfterEach
  void nothing_is_lost_and_nothing_counted_twice() {
    assertThat(RECEIVER.faults()).isEmpty();
    Invariants.check(DATABASE);
  }

  @AfterAll
  static void close() {
    MODEL.close();
    RECEIVER.close();
  }

  private String agent() {
    makeTool();
    return api.agent("Asker", tool);
  }

  private void makeTool() {
    RECEIVER.secret(path, SECRET);
    var body = Api.object().put("name", tool).put("description", "Asks somebody");
    body.put("tool_type", "webhook").put("max_execution_time_ms", 300_000);
    body.putObject("implementation")
        .put("webhook_url", RECEIVER.baseUrl() + path)
        .put("secret", SECRET)
        .put("callback_required", true);
    body.putObject("parameters_schema").put("type", "object").putObject("properties");
    api.post("/agents/tools/create", body).ok();
  }

  private String script() {
    return "CALL " + tool + " {\"n\": 1}\n---\nSAY They said <<last_tool_result>>";
  }

  /// Where a message asked to be answered, at the server as it is now.
  private static String callback(Message message) {
    var url = URI.create(message.body().path("callback_url").asString());
    assertThat(url.getHost()).isEqualTo("tools.example.com");
    return url.getPath();
  }

  private static Api.Answer answer(String callback, String colour) {
    return product.api("").post(callback, Api.object().put("colour", colour));
  }

  private static JsonNode waiting(String job) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> api.job(job).path("status").asString().equals("waiting"));
    return api.job(job);
  }

  private static void dieAt(String failpoint) {
    product.kill9();
    product.start(Map.of("TOOLWRIGHT_FAILPOINT", failpoint));
  }

  @Test
  void a_wait_outlives_kill_9_and_takes_its_answer_afterwards() {
    var job = api.execute(agent(), script());
    assertThat(waiting(job).path("waiting").path(0).path("reason").asString())
        .isEqualTo("callback");
    product.kill9();
    product.start();
    assertThat(api.job(job).path("status").asString()).isEqualTo("waiting");
    var callback = callback(RECEIVER.messages(path).getFirst());
    answer(callback, "blue").ok();
    assertThat(api.end(job).path("result").path("response").asString()).contains("blue");
    answer(callback, "blue").ok();
    assertThat(answer(callback, "red").status()).isEqualTo(409);
    assertThat(RECEIVER.messages(path)).hasSize(1);
  }

  @Test
  void a_message_whose_sending_was_not_stored_is_sent_again_word_for_word() throws Exception {
    var agent = agent();
    dieAt("tool.afterEffect");
    var job = submitted(agent);
    product.awaitDeath();
    product.start();
    waiting(job);
    assertThat(RECEIVER.messages(path)).hasSize(2);
    assertThat(RECEIVER.messages(path))
        .extracting(Message::key)
        .containsOnly(job.replace("job_", "run_") + "/turn/1/call/1");
    assertThat(RECEIVER.messages(path))
        .extracting(CallbackChaosTest::callback)
        .doesNotContainNull();
    answer(callback(RECEIVER.messages(path).getFirst()), "green").ok();
    assertThat(api.end(job).path("result").path("response").asString()).contains("green");
  }

  @Test
  void an_answer_that_came_just_before_the_death_counts_and_nothing_is_sent_again()
      throws Exception {
    RECEIVER.at(
        path,
        (message, _) -> {
          answer(callback(message), "yellow").ok();
          return Answer.of(200, "");
        });
    var agent = agent();
    dieAt("tool.afterEffect");
    var job = submitted(agent);
    product.awaitDeath();
    product.start();
    assertThat(api.end(job).path("result").path("response").asString()).contains("yellow");
    assertThat(RECEIVER.messages(path)).hasSize(1);
  }

  @Test
  void a_call_whose_caller_has_long_gone_ends_and_is_charged_and_recorded_once() {
    makeTool();
    var body = Api.object().set("parameters", Api.object().put("n", 1));
    var begun = api.post("/agents/tools/" + tool + "/test?wait=0", body).ok();
    var job = begun.path("job_id").asString();
    waiting(job);
    product.kill9();
    product.start();
    answer(callback(RECEIVER.messages(path).getFirst()), "white").ok();
    var result = api.end(job).path("result");
    assertThat(result.path("success").asBoolean()).isTrue();
    assertThat(result.path("result").path("colour").asString()).isEqualTo("white");
    var call = begun.path("call_id").asString();
    assertThat(DATABASE.column("select kind from credit_entry where cause = ?", call))
        .containsExactly("charge");
    assertThat(DATABASE.column("select outcome from call where id = ?", call))
        .containsExactly("succeeded");
    assertThat(RECEIVER.messages(path)).hasSize(1);
  }

  /// The job, whose submission the server lived long enough to tell.
  private String submitted(String agent) {
    try {
      return api.execute(agent, script());
    } catch (UncheckedIOException e) {
      var run =
          DATABASE.column("select id from run where kind = ? order by id desc limit 1", "agent");
      return run.getFirst().replace("run_", "job_");
    }
  }
}
