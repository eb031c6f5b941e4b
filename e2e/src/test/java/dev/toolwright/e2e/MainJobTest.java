package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.e2e.Events.Event;
import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.LongStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// The main job on the product as it is shipped, with its own PostgreSQL: make a tool, try it, let
/// an agent use it, watch, and come through whatever happens to the server.
class MainJobTest {
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final EffectSink SINK = new EffectSink();
  private static final Product PRODUCT = PRODUCTS.create(Product.settings(MODEL.baseUrl()));
  private static String agent = "";

  @BeforeAll
  static void make_a_tool_test_it_and_give_it_to_an_agent() {
    var api = PRODUCT.start().api();
    api.pythonTool(
        "total",
        """
        def total(parameters, context):
            print("adding", len(parameters["prices"]))
            return {"total": sum(parameters["prices"])}
        """,
        5_000);
    var tested = api.test("total", json("{'prices': [1, 2, 39]}")).ok();
    assertThat(tested.path("success").asBoolean()).as("%s", tested).isTrue();
    assertThat(tested.path("result")).isEqualTo(json("{'total': 42}"));
    assertThat(tested.path("logs").toString()).contains("adding 3");
    api.httpTool("book", "POST", SINK.baseUrl() + "/book", false, 5_000);
    api.httpTool("lost", "POST", SINK.baseUrl() + "/lost?hang", false, 1_000);
    agent = api.agent("Clerk", "total", "book", "lost");
  }

  @BeforeEach
  void forget_what_was_asked() {
    MODEL.reset();
    SINK.reset();
    if (!PRODUCT.isAlive()) {
      PRODUCT.start();
    }
  }

  @AfterAll
  static void close() {
    MODEL.close();
    SINK.close();
  }

  @Test
  void a_job_killed_in_the_middle_ends_and_its_events_come_once_and_in_order() {
    var api = PRODUCT.api();
    var job =
        api.execute(
            agent,
            """
            CALL total {"prices": [1, 2]}
            ---
            CALL book {"seat": 7}
            ---
            SLOW 1500
            CALL total {"prices": [3, 4]}
            ---
            SAY It is <<last_tool_result>>
            """);
    var seen = new ArrayList<Event>();
    try (var events = api.events(job, 0)) {
      seen.addAll(events.until(event -> event.is("tool_result") && name(event).equals("book")));
      await().until(() -> MODEL.count() == 3);
      PRODUCT.kill9();
      events.rest().stream().skip(seen.size()).forEach(seen::add);
    }
    var before = MODEL.count();
    // Of all its processes only PostgreSQL goes on; the next start takes it over.
    await()
        .untilAsserted(() ->
            assertThat(PRODUCT.leftovers())
                .isNotEmpty()
                .allMatch(line -> line.contains("postgres")));

    PRODUCT.start();
    try (var events = api.events(job, seen.getLast().id())) {
      seen.addAll(events.rest());
    }
    assertThat(seen)
        .extracting(Event::id)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, seen.size()).boxed().toList());
    assertThat(seen.getLast().type()).isEqualTo("done");
    assertThat(types(seen, "tool_call")).hasSize(3);
    assertThat(types(seen, "tool_result")).hasSize(3);
    assertThat(types(seen, "done")).hasSize(1);
    try (var events = api.events(job, 0)) {
      assertThat(events.rest()).isEqualTo(seen);
    }
    var ended = api.end(job);
    assertThat(ended.path("status").asString()).isEqualTo("completed");
    assertThat(ended.path("result").path("response").asString()).isEqualTo("It is {\"total\":7}");
    assertThat(ended.path("result").path("tool_calls")).hasSize(3);
    // Turn 3 was in flight and is asked again, turn 4 for the first time, the others not at all.
    assertThat(MODEL.count() - before).isEqualTo(2);
    assertThat(SINK.effects()).hasSize(1);
  }

  @Test
  void a_job_in_a_hanging_model_call_is_cancelled_within_a_second() {
    var api = PRODUCT.api();
    var job = api.execute(agent, "HANG");
    await().until(() -> MODEL.count() == 1);
    var started = Instant.now();
    api.act(job, "cancel");
    assertThat(api.end(job).path("status").asString()).isEqualTo("cancelled");
    assertThat(Duration.between(started, Instant.now())).isLessThan(Duration.ofMillis(1_500));
  }

  @Test
  void a_job_that_runs_while_the_server_is_stopped_goes_on_after_the_next_start() throws Exception {
    var api = PRODUCT.api();
    var job =
        api.execute(
            agent,
            """
            CALL total {"prices": [5]}
            ---
            SLOW 1000
            CALL total {"prices": [6]}
            ---
            SAY Done
            """);
    await().until(() -> MODEL.count() == 2);
    PRODUCT.stop();
    PRODUCT.start();
    var ended = api.end(job);
    assertThat(ended.path("status").asString()).isEqualTo("completed");
    assertThat(ended.path("attempt").asInt()).isEqualTo(1);
    // The step in flight was finished before the server ended.
    assertThat(MODEL.count()).isEqualTo(3);
  }

  @Test
  void the_end_of_a_job_is_told_to_its_webhook_with_a_signature() throws Exception {
    var api = PRODUCT.api();
    var task = Api.task(agent, "SAY Hello");
    task.put("webhook_url", SINK.baseUrl() + "/told?status=204")
        .put("webhook_secret", "whsec_c2VjcmV0");
    var job = api.execute(task).ok().path("job_id").asString();
    await().atMost(Duration.ofSeconds(10)).until(() -> !SINK.effects().isEmpty());
    var told = SINK.effects().getFirst();
    var id = told.headers().get("webhook-id");
    var time = told.headers().get("webhook-timestamp");
    assertThat(id).startsWith("msg_");
    assertThat(Long.parseLong(time)).isBetween(now() - 60, now() + 60);
    assertThat(told.headers().get("webhook-signature"))
        .isEqualTo("v1," + hmac("secret", id + "." + time + "." + told.body()));
    var body = Api.JSON.readTree(told.body());
    assertThat(body.path("job_id").asString()).isEqualTo(job);
    assertThat(body.path("status").asString()).isEqualTo("completed");
    assertThat(body.path("result").path("response").asString()).isEqualTo("Hello");
  }

  @Test
  void a_retry_of_a_failed_job_goes_on_with_its_first_unfinished_step() {
    var api = PRODUCT.api();
    var job =
        api.execute(
            agent,
            """
            CALL book {"seat": 1}
            ---
            ERROR 400 - 1
            SAY Booked
            """);
    var failed = api.end(job);
    assertThat(failed.path("status").asString()).as("%s", failed).isEqualTo("failed");
    assertThat(failed.path("error_message").asString()).contains("Scripted error");
    api.act(job, "retry");
    var ended = api.end(job);
    assertThat(ended.path("status").asString()).isEqualTo("completed");
    assertThat(ended.path("attempt").asInt()).isEqualTo(2);
    assertThat(SINK.effects()).hasSize(1);
    assertThat(MODEL.count()).isEqualTo(3);
  }

  @Test
  void a_step_whose_outcome_is_unknown_waits_until_somebody_says_what_became_of_it() {
    var api = PRODUCT.api();
    var message = "CALL lost {\"seat\": 1}\n---\nSAY Then <<last_tool_result>>";
    var done = api.execute(agent, message);
    var failed = api.execute(agent, message);
    for (var job : List.of(done, failed)) {
      await().atMost(Duration.ofSeconds(15)).until(() -> status(api, job).equals("waiting"));
      var waiting = api.job(job).path("waiting").path(0);
      assertThat(waiting.path("reason").asString()).isEqualTo("outcome unknown");
      assertThat(waiting.path("tool").asString()).isEqualTo("lost");
    }
    var answer = Api.object().put("action", "done").put("result", "seat 1");
    api.post("/agents/status/" + done + "/resolve", answer).ok();
    api.resolve(failed, "fail");
    assertThat(said(api.end(done))).isEqualTo("Then seat 1");
    assertThat(said(api.end(failed))).contains("resolved_as_failed");
    assertThat(SINK.effects()).hasSize(2);
    assertThat(api.post("/agents/status/" + done + "/resolve", answer).status()).isEqualTo(409);
  }

  @Test
  void the_same_submit_twice_is_one_job_and_another_body_under_its_key_a_conflict() {
    var api = PRODUCT.api();
    var task = Api.task(agent, "SAY Once");
    var key = new String[] {"Idempotency-Key", "order-1"};
    var first = api.execute(task, key).ok();
    var second = api.execute(task, key);
    assertThat(second.ok()).isEqualTo(first);
    assertThat(second.response().headers().firstValue("Idempotency-Replayed")).hasValue("true");
    assertThat(api.execute(Api.task(agent, "SAY Twice"), key).status()).isEqualTo(409);
    api.end(first.path("job_id").asString());
    assertThat(MODEL.count()).isEqualTo(1);
  }

  private static String status(Api api, String job) {
    return api.job(job).path("status").asString();
  }

  private static String said(JsonNode job) {
    return job.path("result").path("response").asString();
  }

  private static String name(Event event) {
    return event.data().path("name").asString("");
  }

  private static List<Event> types(List<Event> events, String type) {
    return events.stream().filter(event -> event.is(type)).toList();
  }

  private static JsonNode json(String text) {
    return Api.JSON.readTree(text.replace('\'', '"'));
  }

  private static long now() {
    return Instant.now().getEpochSecond();
  }

  private static String hmac(String secret, String text) throws Exception {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
  }
}
