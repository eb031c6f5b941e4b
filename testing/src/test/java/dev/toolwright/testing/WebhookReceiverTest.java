package dev.toolwright.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WebhookReceiverTest {
  private static final String KEY = "0123456789abcdef0123456789abcdef";
  private static final String SECRET =
      "whsec_" + Base64.getEncoder().encodeToString(KEY.getBytes(StandardCharsets.US_ASCII));
  private static final String BODY = "{\"text\": \"hello\"}";

  private final WebhookReceiver receiver = new WebhookReceiver();

  @AfterEach
  void close() {
    receiver.close();
  }

  private static String signature(String id, String time, String body) throws Exception {
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(KEY.getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
    var sum = mac.doFinal((id + "." + time + "." + body).getBytes(StandardCharsets.UTF_8));
    return "v1," + Base64.getEncoder().encodeToString(sum);
  }

  private static Map<String, String> genuine() throws Exception {
    var time = Long.toString(Instant.now().getEpochSecond());
    var headers = new TreeMap<String, String>();
    headers.put("Content-Type", "application/json");
    headers.put("Webhook-Id", "msg_1");
    headers.put("Webhook-Timestamp", time);
    headers.put("Webhook-Signature", signature("msg_1", time, BODY));
    headers.put("Idempotency-Key", "key");
    return headers;
  }

  private int send(Map<String, String> headers, String body)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(receiver.baseUrl().resolve("/hook"))
            .POST(BodyPublishers.ofString(body));
    headers.forEach(request::header);
    try (var client = HttpClient.newHttpClient()) {
      return client.send(request.build(), BodyHandlers.ofString()).statusCode();
    }
  }

  @Test
  void a_genuine_message_is_taken_and_kept() throws Exception {
    receiver.secret("/hook", SECRET);
    receiver.at("/hook", 202, "{}");
    var headers = genuine();
    assertThat(send(headers, BODY)).isEqualTo(202);
    headers.put("Webhook-Signature", "v1,AAAA " + headers.get("Webhook-Signature"));
    assertThat(send(headers, BODY)).isEqualTo(202);
    assertThat(receiver.messages("/hook")).hasSize(2);
    assertThat(receiver.messages("/hook").getFirst().body().path("text").asString())
        .isEqualTo("hello");
    assertThat(receiver.faults()).isEmpty();
  }

  @Test
  void what_is_forged_old_or_changed_is_refused_and_noted() throws Exception {
    receiver.secret("/hook", SECRET);
    assertThat(send(genuine(), BODY.replace("hello", "hallo"))).isEqualTo(401);
    for (var bad : new String[] {"v1,AAAA", "v0,AAAA", ""}) {
      var headers = genuine();
      headers.put("Webhook-Signature", bad);
      assertThat(send(headers, BODY)).isEqualTo(401);
    }
    var late = genuine();
    var time = Long.toString(Instant.now().getEpochSecond() - 301);
    late.put("Webhook-Timestamp", time);
    late.put("Webhook-Signature", signature("msg_1", time, BODY));
    assertThat(send(late, BODY)).isEqualTo(401);
    var nameless = genuine();
    nameless.remove("Webhook-Id");
    assertThat(send(nameless, BODY)).isEqualTo(401);
    assertThat(receiver.messages("/hook")).isEmpty();
    assertThat(receiver.faults()).hasSize(6);
  }

  @Test
  void another_body_under_the_same_key_is_refused() throws Exception {
    assertThat(send(genuine(), BODY)).isEqualTo(200);
    assertThat(send(genuine(), BODY)).isEqualTo(200);
    assertThat(send(genuine(), "{\"text\": \"other\"}")).isEqualTo(409);
  }
}
