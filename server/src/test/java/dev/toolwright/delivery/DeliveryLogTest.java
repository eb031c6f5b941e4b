package dev.toolwright.delivery;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.json.Json;
import dev.toolwright.testing.WebhookReceiver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What people see of the webhooks at the ends of their jobs, and sending them once more.
@SuppressWarnings("NullAway.Init")
class DeliveryLogTest {
  private static TestPlatform platform;
  private static WebhookReceiver receiver;
  private static String agent;

  private final String path = "/services/" + name("T0HIDDENPART");

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    receiver = new WebhookReceiver();
    agent = platform.agent(platform.ada);
    platform.post(platform.ada, "/agents/" + agent + "/share", share()).as(200);
  }

  private static JsonNode share() {
    return Json.object()
        .put("grant_access", true)
        .set("user_ids", Json.array().add(platform.bob.caller().userId()));
  }

  @AfterAll
  static void close() {
    receiver.close();
    platform.close();
  }

  /// The delivery of a job that has ended.
  private String told(User user, String secret) {
    var body = Json.object().put("agent_id", agent).put("message", "SAY told");
    body.put("webhook_url", receiver.baseUrl() + path).put("webhook_secret", secret);
    var job = platform.execute(user, body);
    var query =
        "select count(*) from delivery_attempt a join delivery d on d.id = a.delivery_id where d.run_id = '"
            + job.replace("job_", "run_")
            + "'";
    await().atMost(Duration.ofSeconds(20)).until(() -> platform.one(query, Integer.class) > 0);
    return platform.one(
        "select id from delivery where run_id = '" + job.replace("job_", "run_") + "'",
        String.class);
  }

  private static JsonNode shown(User user, String delivery) {
    return platform.get(user, "/api/deliveries/" + delivery).as(200);
  }

  private static JsonNode until(String delivery, String status, int attempts) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          var now = shown(platform.ada, delivery);
          return now.path("status").asString().equals(status)
              && now.path("attempts").size() == attempts;
        });
    return shown(platform.ada, delivery);
  }

  private static String secret() {
    var bytes = name("a-signing-secret-of-24-bytes").getBytes(StandardCharsets.US_ASCII);
    return "whsec_" + Base64.getEncoder().encodeToString(bytes);
  }

  @Test
  void every_attempt_is_shown_with_its_time_and_what_came_of_it_and_no_secret() {
    var secret = secret();
    receiver.secret(path, secret);
    receiver.at(path, 500, "a receiver's internals");
    var delivery = told(platform.ada, secret);
    var failed = shown(platform.ada, delivery);
    assertThat(failed.path("status").asString()).isEqualTo("pending");
    assertThat(failed.path("next_attempt_at").isString()).isTrue();
    var attempt = failed.path("attempts").path(0);
    assertThat(attempt.path("number").asInt()).isEqualTo(1);
    assertThat(attempt.path("status").asInt()).isEqualTo(500);
    assertThat(attempt.path("error").asString()).isEqualTo("answered 500");
    assertThat(attempt.path("duration_ms").asInt()).isBetween(0, 15_000);
    assertThat(Instant.parse(attempt.path("at").asString()))
        .isBetween(Instant.now().minusSeconds(30), Instant.now());
    receiver.at(path, 204, "");
    platform.sql("update delivery set due_at = now() where id = '" + delivery + "'");
    var delivered = until(delivery, "delivered", 2);
    assertThat(delivered.path("attempts").path(1).path("error").isNull()).isTrue();
    assertThat(delivered.path("next_attempt_at").isNull()).isTrue();
    assertThat(delivered.path("signed").asBoolean()).isTrue();
    assertThat(delivered.path("url").asString()).isEqualTo(receiver.baseUrl().toString());
    assertThat(delivered.path("body").path("job_id")).isEqualTo(delivered.path("job_id"));
    assertThat(failed.toString() + delivered).doesNotContain(secret, "T0HIDDENPART", "internals");
  }

  @Test
  void a_message_is_sent_once_more_under_its_id_with_a_fresh_signature() {
    var secret = secret();
    receiver.secret(path, secret);
    var delivery = told(platform.ada, secret);
    until(delivery, "delivered", 1);
    platform.sql(
        "update delivery set since = now() - interval '3 days' where id = '" + delivery + "'");
    var again =
        platform.post(platform.ada, "/api/deliveries/" + delivery + "/resend", json("{}")).as(200);
    assertThat(again.path("delivery_id").asString()).isEqualTo(delivery);
    until(delivery, "delivered", 2);
    var messages = receiver.messages(path);
    assertThat(messages).hasSize(2);
    assertThat(messages).extracting(WebhookReceiver.Message::id).containsOnly(delivery);
    assertThat(messages.get(0).body()).isEqualTo(messages.get(1).body());
    assertThat(receiver.faults()).isEmpty();
  }

  @Test
  void a_message_that_was_given_up_gets_another_day() {
    receiver.at(path, 410, "");
    var delivery = told(platform.ada, secret());
    assertThat(until(delivery, "failed", 1).path("next_attempt_at").isNull()).isTrue();
    receiver.at(path, 503, "");
    platform.post(platform.ada, "/api/deliveries/" + delivery + "/resend", json("{}")).as(200);
    var retried = until(delivery, "pending", 2);
    assertThat(retried.path("last_status").asInt()).isEqualTo(503);
  }

  @Test
  void everybody_sees_their_own_and_an_admin_all_of_the_workspace() {
    var mine = told(platform.ada, secret());
    var his = told(platform.bob, secret());
    var page = platform.get(platform.ada, "/api/deliveries?limit=100").as(200);
    assertThat(page.toString()).contains(mine).doesNotContain(his);
    assertThat(platform.get(platform.root, "/api/deliveries?limit=100").text()).contains(mine, his);
    assertThat(platform.get(platform.eve, "/api/deliveries").as(200).path("count").asInt())
        .isZero();
    platform.get(platform.bob, "/api/deliveries/" + mine).as(404);
    platform.post(platform.bob, "/api/deliveries/" + mine + "/resend", json("{}")).as(404);
    assertThat(shown(platform.root, his).path("delivery_id").asString()).isEqualTo(his);
    platform.post(platform.root, "/api/deliveries/" + his + "/resend", json("{}")).as(200);
    platform.post(platform.vera, "/api/deliveries/" + his + "/resend", json("{}")).as(403);
  }

  @Test
  void the_list_is_paged_newest_first_and_filtered_by_status() {
    var first = told(platform.ada, secret());
    var second = told(platform.ada, secret());
    until(first, "delivered", 1);
    until(second, "delivered", 1);
    var page = platform.get(platform.ada, "/api/deliveries?limit=1&status=delivered").as(200);
    assertThat(page.path("deliveries")).hasSize(1);
    assertThat(page.path("deliveries").path(0).path("delivery_id").asString()).isEqualTo(second);
    assertThat(page.path("count").asInt()).isGreaterThanOrEqualTo(2);
    var next =
        platform.get(platform.ada, "/api/deliveries?limit=1&page=2&status=delivered").as(200);
    assertThat(next.path("deliveries").path(0).path("delivery_id").asString()).isEqualTo(first);
    var failed = platform.get(platform.ada, "/api/deliveries?status=failed").as(200);
    assertThat(failed.toString()).doesNotContain(first, second);
    assertThat(platform.get(platform.ada, "/api/deliveries?status=due").as(400).toString())
        .contains("pending, delivered, failed");
  }
}
