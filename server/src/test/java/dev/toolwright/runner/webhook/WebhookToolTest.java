package dev.toolwright.runner.webhook;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import dev.toolwright.testing.WebhookReceiver;
import dev.toolwright.testing.WebhookReceiver.Answer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tools that are a webhook, on the whole server, against a receiver that checks every message.
@SuppressWarnings("NullAway.Init")
class WebhookToolTest {
  /// As Slack has it: whoever knows the path may post.
  private static final String PART = "T0SECRETPATHOFTHEHOOK";

  private static TestPlatform platform;
  private static WebhookReceiver receiver;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    receiver = new WebhookReceiver();
  }

  @AfterAll
  static void close() {
    receiver.close();
    platform.close();
  }

  @AfterEach
  void every_message_was_genuine() {
    assertThat(receiver.faults()).isEmpty();
  }

  private static String secret() {
    var bytes = (name("signing-secret-") + "-of-24-bytes").getBytes(StandardCharsets.US_ASCII);
    return "whsec_" + Base64.getEncoder().encodeToString(bytes);
  }

  private static String path() {
    return "/services/" + name(PART);
  }

  private static ObjectNode webhook(String name, String path) {
    var tool = Json.object().put("name", name).put("tool_type", "webhook");
    tool.putObject("implementation").put("webhook_url", receiver.baseUrl() + path);
    tool.putObject("parameters_schema").put("type", "object");
    return tool.put("description", "A webhook of a test");
  }

  private static ObjectNode implementation(ObjectNode tool) {
    return (ObjectNode) tool.path("implementation");
  }

  private static String made(ObjectNode tool) {
    platform.tool(platform.ada, tool);
    return tool.path("name").asString();
  }

  private static JsonNode call(String tool, String arguments) {
    return platform.test(platform.ada, tool, json(arguments));
  }

  private static JsonNode shown(String tool) {
    return platform
        .get(platform.ada, "/agents/tools/" + tool)
        .as(200)
        .path("tool")
        .path("implementation");
  }

  private static ObjectNode change(String field, JsonNode value) {
    return Json.object().set(field, value);
  }

  @Test
  void the_documented_slack_tool_delivers_its_parameters_with_their_defaults() {
    var path = path();
    receiver.at(path, 200, "ok");
    var tool = webhook(name("slack_notification"), path);
    implementation(tool).put("method", "POST").put("callback_required", false);
    implementation(tool).putObject("headers").put("Content-Type", "application/json");
    tool.put("category", "communication").put("max_execution_time_ms", 5_000);
    tool.set(
        "parameters_schema",
        json(
            "{'type':'object','required':['channel'],'properties':{'channel':{'type':'string'},"
                + "'priority':{'type':'string','default':'medium'}}}"));
    var answer = call(made(tool), "{'channel':'#general'}");
    assertThat(answer.path("success").asBoolean()).as("%s", answer).isTrue();
    assertThat(answer.path("result"))
        .isEqualTo(json("{'delivered':true,'status':200,'body':'ok'}"));
    var message = receiver.messages(path).getFirst();
    assertThat(message.method()).isEqualTo("POST");
    assertThat(message.body()).isEqualTo(json("{'channel':'#general','priority':'medium'}"));
    assertThat(message.key()).isNotEmpty();
    assertThat(message.id()).isEqualTo(message.key());
    assertThat(message.headers()).doesNotContainKey("webhook-signature");
  }

  @Test
  void a_message_is_signed_with_the_tools_own_secret_and_carries_its_headers() {
    var path = path();
    var secret = secret();
    receiver.secret(path, secret);
    receiver.at(path, 201, "{\"id\": 7}");
    var tool = webhook(name("signed"), path);
    implementation(tool).put("method", "put").put("secret", secret);
    implementation(tool).putObject("headers").put("X-Team", "blue");
    var answer = call(made(tool), "{'ü':'ö'}");
    assertThat(answer.path("result"))
        .isEqualTo(json("{'delivered':true,'status':201,'body':{'id':7}}"));
    var message = receiver.messages(path).getFirst();
    assertThat(message.method()).isEqualTo("PUT");
    assertThat(message.headers()).containsEntry("x-team", "blue");
    assertThat(message.body()).isEqualTo(json("{'ü':'ö'}"));
  }

  @Test
  void a_receiver_goes_over_to_another_secret_while_both_sign() {
    var path = path();
    var old = secret();
    var next = secret();
    receiver.secret(path, old);
    var tool = webhook(name("rotating"), path);
    implementation(tool).put("secret", old);
    var named = made(tool);
    implementation(tool).put("secret", next + " " + old);
    platform
        .put(
            platform.ada,
            "/agents/tools/" + named,
            change("implementation", tool.path("implementation")))
        .as(200);
    assertThat(call(named, "{}").path("success").asBoolean()).isTrue();
    receiver.secret(path, next);
    assertThat(call(named, "{}").path("success").asBoolean()).isTrue();
  }

  @Test
  void the_address_is_a_secret_and_shown_nowhere() {
    var path = path();
    var secret = secret();
    receiver.at(
        path,
        (message, _) ->
            Answer.of(
                400,
                "{\"to\": \"%s%s\", \"part\": \"%s\", \"signed\": \"%s\", \"key\": \"%s\"}"
                    .formatted(
                        receiver.baseUrl(),
                        path,
                        path.substring(path.lastIndexOf('/') + 1),
                        message.headers().get("webhook-signature"),
                        secret)));
    receiver.secret(path, secret);
    var tool = webhook(name("leaky"), path);
    implementation(tool).put("secret", secret);
    var named = made(tool);
    assertThat(shown(named))
        .isEqualTo(
            json("{'method':'POST','headers':{},'callback_required':false,'secret':'***'}")
                .put("webhook_url", receiver.baseUrl().toString()));
    var answer = call(named, "{}");
    assertThat(answer.path("error_type").asString()).isEqualTo("remote_error");
    assertThat(answer.path("error").asString()).contains("answered 400").contains("***");
    assertThat(answer.path("result").path("delivered").asBoolean(true)).isFalse();
    assertThat(Json.write(answer)).doesNotContain(PART).doesNotContain(secret);
    for (var column :
        List.of(
            "select coalesce(string_agg(body::text, ' '), '') from revision",
            "select coalesce(string_agg(concat(input, output, error), ' '), '') from call",
            "select coalesce(string_agg(encode(ciphertext, 'escape'), ' '), '') from secret")) {
      assertThat(platform.one(column, String.class)).doesNotContain(PART).doesNotContain(secret);
    }
  }

  @Test
  void what_was_shown_may_be_sent_back_and_keeps_what_is_stored() {
    var path = path();
    var secret = secret();
    receiver.secret(path, secret);
    var tool = webhook(name("kept"), path);
    implementation(tool).put("secret", secret);
    var named = made(tool);
    var url = "/agents/tools/" + named;
    var shown = platform.get(platform.ada, url).as(200).path("tool");
    assertThat(platform.put(platform.ada, url, shown).as(200).path("version").asInt()).isEqualTo(1);
    var changed = (ObjectNode) shown.path("implementation").deepCopy();
    changed.putObject("headers").put("X-New", "1");
    changed.remove("secret");
    assertThat(
            platform
                .put(platform.ada, url, change("implementation", changed))
                .as(200)
                .path("version")
                .asInt())
        .isEqualTo(2);
    assertThat(call(named, "{}").path("success").asBoolean()).isTrue();
    assertThat(receiver.messages(path).getLast().headers())
        .containsEntry("x-new", "1")
        .containsKey("webhook-signature");

    changed.putNull("secret");
    platform.put(platform.ada, url, change("implementation", changed)).as(200);
    assertThat(shown(named).has("secret")).isFalse();
    var other = path();
    changed.remove("secret");
    changed.put("webhook_url", receiver.baseUrl() + other);
    platform.put(platform.ada, url, change("implementation", changed)).as(200);
    assertThat(call(named, "{}").path("success").asBoolean()).isTrue();
    assertThat(receiver.messages(other)).hasSize(1);
  }

  @Test
  void a_stored_secret_does_not_follow_the_address_to_another_host() {
    var tool = webhook(name("moved"), path());
    implementation(tool).put("secret", secret());
    var named = made(tool);
    for (var keep : List.of("", "***")) {
      var moved = json("{'webhook_url':'https://evil.example.com/hook'}");
      if (!keep.isEmpty()) {
        moved.put("secret", keep);
      }
      assertThat(
              platform
                  .put(platform.ada, "/agents/tools/" + named, change("implementation", moved))
                  .as(400)
                  .path("message")
                  .asString())
          .contains("implementation.secret must be given again");
    }
    var moved = json("{'webhook_url':'https://evil.example.com/hook','secret':null}");
    platform.put(platform.ada, "/agents/tools/" + named, change("implementation", moved)).as(200);
  }

  @Test
  void its_secrets_go_with_the_tool() {
    var secrets = "select count(*) from secret";
    var before = platform.one(secrets, Integer.class);
    var named = made(webhook(name("gone"), path()));
    assertThat(platform.one(secrets, Integer.class)).isEqualTo(before + 1);
    platform.delete(platform.ada, "/agents/tools/" + named).as(200);
    assertThat(platform.one(secrets, Integer.class)).isEqualTo(before);
  }

  @Test
  void every_fault_of_a_definition_is_named_at_once() {
    var tool = webhook(name("bad"), path());
    implementation(tool)
        .put("webhook_url", "ftp://user@example.com/")
        .put("method", "GET")
        .put("secret", " ")
        .put("callback_required", "yes")
        .put("url", "http://example.com");
    implementation(tool)
        .putObject("headers")
        .put("Authorization", "Bearer abc")
        .put("webhook-id", "1")
        .put("Idempotency-Key", "1")
        .put("Callback-Url", "1")
        .put("Host", "x");
    var faults = platform.post(platform.ada, "/agents/tools/create", tool).as(400).path("message");
    for (var field :
        List.of(
            "implementation.webhook_url",
            "implementation.method",
            "implementation.secret",
            "implementation.callback_required",
            "implementation.headers.Authorization",
            "implementation.headers.webhook-id",
            "implementation.headers.Idempotency-Key",
            "implementation.headers.Callback-Url",
            "implementation.headers.Host",
            "implementation.url")) {
      assertThat(faults.toString()).contains(field);
    }
  }

  @Test
  void a_redirect_is_a_failure_and_nothing_is_sent_where_it_leads() {
    var path = path();
    var elsewhere = path();
    for (var status : List.of(301, 302, 303, 307, 308)) {
      receiver.at(
          path,
          (_, _) ->
              new Answer(status, Map.of("Location", receiver.baseUrl() + elsewhere), "go there"));
      var answer = call(made(webhook(name("redirected"), path)), "{}");
      assertThat(answer.path("error_type").asString()).isEqualTo("remote_error");
      assertThat(answer.path("error").asString())
          .contains("answered " + status)
          .contains("no redirect");
      assertThat(Json.write(answer)).doesNotContain(PART);
    }
    assertThat(receiver.messages(elsewhere)).isEmpty();
  }

  @Test
  void what_passes_is_tried_again_as_the_same_message() {
    var path = path();
    receiver.at(
        path,
        (_, count) ->
            count == 1
                ? new Answer(503, Map.of("Retry-After", "1"), "")
                : count == 2 ? Answer.of(502, "") : Answer.of(200, ""));
    var answer = call(made(webhook(name("retried"), path)), "{'n':1}");
    assertThat(answer.path("result").path("status").asInt()).isEqualTo(200);
    assertThat(answer.path("result").path("body").isNull()).isTrue();
    var messages = receiver.messages(path);
    assertThat(messages).hasSize(3);
    assertThat(messages.stream().map(WebhookReceiver.Message::id).distinct()).hasSize(1);
    assertThat(messages.stream().map(WebhookReceiver.Message::body).distinct()).hasSize(1);
    assertThat(messages.get(1).timestamp()).isGreaterThan(messages.get(0).timestamp());
  }

  @Test
  void what_does_not_pass_is_not_tried_again() {
    for (var status : List.of(400, 404, 410, 500)) {
      var path = path();
      receiver.at(path, status, "no");
      var answer = call(made(webhook(name("refused"), path)), "{}");
      assertThat(answer.path("error_type").asString()).isEqualTo("remote_error");
      assertThat(receiver.messages(path)).hasSize(1);
    }
  }

  @Test
  void an_answer_that_is_too_long_or_never_comes_is_a_failure() {
    var path = path();
    receiver.at(path, 200, "x".repeat((1 << 20) + 1));
    assertThat(call(made(webhook(name("long"), path)), "{}").path("error_type").asString())
        .isEqualTo("remote_error");
    var silent = path();
    receiver.at(
        silent,
        (_, _) -> {
          receiver.hang();
          return Answer.of(200, "");
        });
    var tool = webhook(name("silent"), silent).put("max_execution_time_ms", 300);
    assertThat(call(made(tool), "{}").path("error_type").asString()).isEqualTo("timeout");
    tool = webhook(name("once"), silent).put("max_execution_time_ms", 300);
    tool.putObject("behavior").put("idempotent", false);
    var unknown = call(made(tool), "{}");
    assertThat(unknown.path("error_type").asString()).isEqualTo("outcome_unknown");
    assertThat(Json.write(unknown)).doesNotContain(PART);
  }

  @Test
  void an_address_inside_the_network_is_not_reached() {
    var tool = webhook(name("inside"), "");
    implementation(tool).put("webhook_url", "http://169.254.169.254/latest/meta-data");
    var answer = call(made(tool), "{}");
    assertThat(answer.path("error_type").asString()).isEqualTo("permission_error");
    assertThat(Json.write(answer)).doesNotContain("meta-data");
  }

  @Test
  void the_custom_tools_face_spells_it_its_own_way() {
    var path = path();
    var body = json("{'type':'webhook','parameters':[]}").put("name", name("custom"));
    body.putObject("config").put("webhookUrl", receiver.baseUrl() + path).put("secret", "s3cret");
    var made = platform.post(platform.ada, "/api/custom-tools", body).as(201).path("tool");
    receiver.secret(path, "s3cret");
    var url = "/api/custom-tools/" + made.path("id").asString();
    var shown = platform.get(platform.ada, url).as(200).path("tool");
    assertThat(shown.path("type").asString()).isEqualTo("webhook");
    assertThat(shown.path("config"))
        .isEqualTo(
            json("{'method':'POST','headers':{},'callbackRequired':false,'secret':'***'}")
                .put("webhookUrl", receiver.baseUrl().toString()));
    platform.put(platform.ada, url, shown).as(200);
    var executed = platform.post(platform.ada, url + "/execute", json("{'parameters':{}}"));
    assertThat(executed.as(200).path("result").path("delivered").asBoolean()).isTrue();
    body.put("name", name("custom"));
    ((ObjectNode) body.path("config")).put("callbackRequired", true);
    var asking = platform.post(platform.ada, "/api/custom-tools", body).as(201).path("tool");
    var begun =
        platform
            .post(
                platform.ada,
                "/api/custom-tools/" + asking.path("id").asString() + "/execute?wait=0",
                json("{'parameters':{}}"))
            .as(202);
    assertThat(begun.path("status").asString()).isEqualTo("waiting");
    platform.until(platform.ada, begun.path("jobId").asString(), "waiting");
  }

  @Test
  void an_agent_delivers_under_the_key_of_its_step() {
    var path = path();
    var named = made(webhook(name("told"), path));
    var agent = platform.agent(platform.ada, named);
    var job = platform.execute(platform.ada, agent, "CALL " + named + " {\"n\": 1}\n---\nSAY Told");
    platform.until(platform.ada, job, "completed");
    assertThat(receiver.messages(path).getFirst().key())
        .isEqualTo(job.replace("job_", "run_") + "/turn/1/call/1");
  }
}
