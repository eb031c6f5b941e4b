package dev.toolwright.schedule;

import static dev.toolwright.TestPlatform.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.Answer;
import dev.toolwright.TestPlatform.User;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Messages from outside that start agents and workflows.
@SuppressWarnings("NullAway.Init")
class HooksTest {
  private static final String BODY = "{\"title\":\"Broken\"}";
  private static TestPlatform platform;
  private static User ada;
  private static JsonNode hook;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    ada = platform.ada;
    hook =
        platform
            .post(
                ada,
                "/api/hooks",
                json(
                    "{'name':'n','agent_id':'"
                        + platform.agent(ada)
                        + "','input':{'message':'SAY Seen: ${event.title}'}}"))
            .as(201);
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static byte[] mac(byte[] key, String text) throws GeneralSecurityException {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Answer sent(String id, Instant at, String signed) throws Exception {
    var key =
        Base64.getDecoder().decode(hook.path("secret").asString().substring("whsec_".length()));
    var timestamp = String.valueOf(at.getEpochSecond());
    var signature =
        Base64.getEncoder().encodeToString(mac(key, id + "." + timestamp + "." + signed));
    return platform.send(
        platform
            .request("POST", URI.create(hook.path("url").asString()).getPath(), BODY)
            .header("Content-Type", "application/json")
            .header("Webhook-Id", id)
            .header("Webhook-Timestamp", timestamp)
            .header("Webhook-Signature", "v1," + signature));
  }

  @Test
  void a_signed_message_starts_one_job_however_often_it_is_sent() throws Exception {
    var first = sent("msg_1", Instant.now(), BODY).as(202).path("job_id").asString();
    assertThat(platform.until(ada, first, "completed").at("/result/response").asString())
        .isEqualTo("Seen: Broken");
    assertThat(sent("msg_1", Instant.now(), BODY).as(202).path("job_id").asString())
        .isEqualTo(first);
    assertThat(sent("msg_2", Instant.now(), BODY).as(202).path("job_id").asString())
        .isNotEqualTo(first);
  }

  @Test
  void what_starts_has_the_priority_of_its_hook() throws Exception {
    var path = "/api/hooks/" + hook.path("id").asString();
    assertThat(hook.path("priority").asString()).isEqualTo("normal");
    platform.put(ada, path, json("{'priority':'high'}")).as(200);
    var job = sent("msg_high", Instant.now(), BODY).as(202).path("job_id").asString();
    assertThat(platform.until(ada, job, "completed").path("priority").asString()).isEqualTo("high");
  }

  @Test
  void a_secret_that_is_replaced_or_whose_hook_is_deleted_is_kept_no_more() {
    var made =
        platform
            .post(
                ada,
                "/api/hooks",
                json(
                    "{'name':'brief','agent_id':'"
                        + platform.agent(ada)
                        + "','input':{'message':'SAY ok'}}"))
            .as(201);
    var path = "/api/hooks/" + made.path("id").asString();
    var kept = secrets();
    platform.put(ada, path, json("{'secret':'another-secret-of-it'}")).as(200);
    assertThat(secrets()).isEqualTo(kept);
    platform.delete(ada, path).as(200);
    assertThat(secrets()).isEqualTo(kept - 1);
  }

  private static int secrets() {
    return platform.one("select count(*) from secret", Integer.class);
  }

  @Test
  void what_is_not_signed_as_it_should_be_starts_nothing() throws Exception {
    assertThat(sent("msg_3", Instant.now(), "{}").status()).isEqualTo(401);
    assertThat(sent("msg_4", Instant.now().minusSeconds(900), BODY).status()).isEqualTo(401);
    var path = URI.create(hook.path("url").asString()).getPath();
    assertThat(platform.send(platform.request("POST", path, BODY)).status()).isEqualTo(401);
    assertThat(platform.send(platform.request("POST", "/hooks/" + "0".repeat(48), BODY)).status())
        .isEqualTo(404);
  }

  @Test
  void the_signature_of_code_forges_is_known_too() throws Exception {
    var secret = "it's a secret to everybody";
    var made =
        platform
            .post(
                ada,
                "/api/hooks",
                json("{'name':'forge','agent_id':'"
                        + platform.agent(ada)
                        + "','input':{'message':'SAY ok'}}")
                    .put("secret", secret))
            .as(201);
    var answer =
        platform.send(
            platform
                .request("POST", URI.create(made.path("url").asString()).getPath(), BODY)
                .header(
                    "X-Hub-Signature-256",
                    "sha256="
                        + HexFormat.of()
                            .formatHex(mac(secret.getBytes(StandardCharsets.UTF_8), BODY)))
                .header("X-GitHub-Delivery", "d-1"));
    assertThat(answer.status()).as(answer.text()).isEqualTo(202);
  }

  @Test
  void its_secret_is_shown_once_and_only_its_owner_sees_it() {
    var path = "/api/hooks/" + hook.path("id").asString();
    assertThat(platform.get(ada, path).as(200).has("secret")).isFalse();
    assertThat(platform.get(platform.bob, path).status()).isEqualTo(404);
    assertThat(platform.get(ada, "/api/hooks").text())
        .doesNotContain(hook.path("secret").asString());
  }

  @Test
  void a_reference_that_the_message_does_not_fill_is_refused_and_may_come_again() throws Exception {
    var path = "/api/hooks/" + hook.path("id").asString();
    platform.put(ada, path, json("{'input':{'message':'SAY ${event.nothing}'}}")).as(200);
    assertThat(sent("msg_9", Instant.now(), BODY).status()).isEqualTo(422);
    platform.put(ada, path, json("{'input':{'message':'SAY Seen: ${event.title}'}}")).as(200);
    sent("msg_9", Instant.now(), BODY).as(202);
  }
}
