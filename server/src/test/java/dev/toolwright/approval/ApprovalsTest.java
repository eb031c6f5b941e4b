package dev.toolwright.approval;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.json.Json;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Calls and steps that a person has to approve first.
@SuppressWarnings("NullAway.Init")
class ApprovalsTest {
  private static TestPlatform platform;
  private static User ada;
  private static User bob;
  private static User root;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    ada = platform.ada;
    bob = platform.bob;
    root = platform.root;
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  @BeforeEach
  void clear() {
    platform.sink.reset();
  }

  /// A tool that does something to the world.
  private static String tool(String approval) {
    var tool = http(name("pay"), "POST", platform.sink.baseUrl() + "/pay");
    tool.setAll(json("{'approval':" + approval + "}"));
    platform.tool(ada, tool);
    return tool.path("name").asString();
  }

  private static JsonNode waiting(User user, String job) {
    platform.until(user, job, "waiting");
    var found = new ArrayList<JsonNode>();
    for (var one : platform.get(user, "/api/approvals").as(200).path("approvals")) {
      if (one.path("job_id").asString().equals(job)) {
        found.add(one);
      }
    }
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static TestPlatform.Answer decide(User user, JsonNode approval, String body) {
    return platform.post(
        user, "/api/approvals/" + approval.path("approval_id").asString(), json(body));
  }

  @Test
  void a_call_from_rest_answers_at_once_where_to_look_and_is_made_when_approved() {
    var tool = tool("'always'");
    var answer = platform.test(ada, tool, json("{'amount':5}"));
    assertThat(answer.path("success").isNull()).isTrue();
    var job = answer.path("job_id").asString();
    assertThat(answer.path("status_url").asString()).isEqualTo("/agents/status/" + job);
    assertThat(platform.sink.effects()).isEmpty();
    var approval = waiting(ada, job);
    assertThat(approval.path("subject").asString()).isEqualTo(tool);
    assertThat(approval.path("arguments").path("amount").asInt()).isEqualTo(5);
    decide(ada, approval, "{'action':'approve','comment':'fine'}").as(200);
    var ended = platform.until(ada, job, "completed");
    assertThat(ended.at("/result/success").asBoolean()).isTrue();
    assertThat(platform.sink.effects()).hasSize(1);
    assertThat(decide(ada, approval, "{'action':'reject'}").status()).isEqualTo(409);
  }

  @Test
  void an_agent_waits_without_a_node_and_is_told_of_a_rejection() {
    var tool = tool("'always'");
    var agent = platform.agent(ada, tool);
    var job =
        platform.execute(
            ada, agent, "CALL " + tool + " {\"amount\": 9}\n---\nSAY <<last_tool_result>>");
    var approval = waiting(ada, job);
    assertThat(
            platform.one(
                "select node_id is null from run where id = '" + job.replace("job_", "run_") + "'",
                Boolean.class))
        .isTrue();
    decide(ada, approval, "{'action':'reject','comment':'too much'}").as(200);
    var ended = platform.until(ada, job, "completed");
    assertThat(ended.at("/result/response").asString()).contains("rejected", "too much");
    assertThat(platform.sink.effects()).isEmpty();
  }

  @Test
  void an_approver_may_change_the_arguments_where_that_is_allowed() {
    var tool = tool("'always'");
    var agent = platform.agent(ada, tool);
    var job = platform.execute(ada, agent, "CALL " + tool + " {\"amount\": 9}\n---\nSAY done");
    decide(ada, waiting(ada, job), "{'action':'approve','arguments':{'amount':3}}").as(200);
    platform.until(ada, job, "completed");
    assertThat(platform.sink.effects()).hasSize(1);
    assertThat(platform.sink.effects().getFirst().toString()).contains("3").doesNotContain("9}");
    var fixed = tool("{'editable':false}");
    var other =
        platform.execute(ada, platform.agent(ada, fixed), "CALL " + fixed + " {}\n---\nSAY done");
    assertThat(
            decide(ada, waiting(ada, other), "{'action':'approve','arguments':{'amount':3}}")
                .status())
        .isEqualTo(400);
  }

  @Test
  void only_the_named_may_decide() {
    var tool = tool("{'approvers':['bob']}");
    var job =
        platform.execute(ada, platform.agent(ada, tool), "CALL " + tool + " {}\n---\nSAY done");
    var approval = waiting(ada, job);
    assertThat(approval.path("may_decide").asBoolean()).isFalse();
    assertThat(decide(ada, approval, "{'action':'approve'}").status()).isEqualTo(403);
    assertThat(decide(root, approval, "{'action':'approve'}").status()).isEqualTo(403);
    assertThat(decide(platform.eve, approval, "{'action':'approve'}").status()).isEqualTo(404);
    decide(bob, approval, "{'action':'approve'}").as(200);
    platform.until(ada, job, "completed");
    assertThat(
            platform.one(
                "select count(*) from audit where event = 'approval_decided' and user_id = '"
                    + bob.caller().userId()
                    + "'",
                Integer.class))
        .isPositive();
  }

  @Test
  void whoever_has_the_link_decides_on_its_page() {
    var tool = tool("{'message':'Pay <this>?'}");
    var job =
        platform.execute(
            ada, platform.agent(ada, tool), "CALL " + tool + " {\"to\": \"<b>\"}\n---\nSAY done");
    var shown =
        platform
            .get(ada, "/api/approvals/" + waiting(ada, job).path("approval_id").asString())
            .as(200);
    var path = URI.create(shown.path("link").asString()).getPath();
    var page = platform.send(platform.request("GET", path, null));
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.text()).contains("Pay &lt;this&gt;?", "&lt;b&gt;").doesNotContain("<b>");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse("")).contains("sha256-");
    var decided =
        platform.send(
            platform
                .request("POST", path, "{\"action\":\"approve\"}")
                .header("Content-Type", "application/json"));
    assertThat(decided.status()).as(decided.text()).isEqualTo(200);
    platform.until(ada, job, "completed");
    assertThat(platform.send(platform.request("GET", path, null)).text())
        .contains("decided already");
    assertThat(platform.send(platform.request("POST", path, "{\"action\":\"reject\"}")).status())
        .isEqualTo(409);
  }

  @Test
  void only_destructive_tools_ask_when_told_so() {
    var harmless = tool("'destructive'");
    assertThat(platform.test(ada, harmless, Json.object()).path("success").asBoolean()).isTrue();
    var tool = http(name("wipe"), "DELETE", platform.sink.baseUrl() + "/all");
    platform.tool(ada, tool.put("approval", "destructive"));
    var answer = platform.test(ada, tool.path("name").asString(), Json.object());
    assertThat(answer.path("success").isNull()).isTrue();
  }

  @Test
  void a_wait_that_is_over_takes_no_decision_and_the_call_is_not_made() {
    var tool = tool("{'expires_seconds':10}");
    var job =
        platform.execute(
            ada, platform.agent(ada, tool), "CALL " + tool + " {}\n---\nSAY <<last_tool_result>>");
    var approval = waiting(ada, job);
    platform.sql(
        "update run_wait set due_at = now() - interval '1 second' where run_id = '"
            + job.replace("job_", "run_")
            + "'");
    assertThat(decide(ada, approval, "{'action':'approve'}").status()).isEqualTo(410);
    platform.sql(
        "update run set due_at = now() where id = '"
            + job.replace("job_", "run_")
            + "' and state = 'waiting'");
    var ended = platform.until(ada, job, "completed");
    assertThat(ended.at("/result/response").asString()).contains("in time");
    assertThat(platform.sink.effects()).isEmpty();
  }

  @Test
  void a_step_of_a_workflow_asks_too_and_what_was_approved_is_done_once() {
    var tool = tool("'never'");
    var steps =
        """
        {'name':'w','steps':[
          {'step_id':'pay','step_type':'sequential','tool_name':'TOOL','parameters':{'amount':1},'approval':true},
          {'step_id':'gate','step_type':'sequential','approval':{'message':'Go on?'}}]}
        """
            .replace("TOOL", tool);
    var workflow = platform.post(ada, "/api/workflows", json(steps)).as(201).path("id").asString();
    var run =
        platform
            .post(ada, "/api/workflows/" + workflow + "/runs", json("{}"))
            .as(202)
            .path("run_id")
            .asString();
    var job = run.replace("run_", "job_");
    decide(ada, waiting(ada, job), "{'action':'approve'}").as(200);
    await().atMost(Duration.ofSeconds(20)).until(() -> platform.sink.effects().size() == 1);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> platform.get(ada, "/api/approvals").text().contains("Go on?"));
    platform.stop();
    platform.start();
    decide(ada, waiting(ada, job), "{'action':'approve'}").as(200);
    platform.until(ada, job, "completed");
    assertThat(platform.sink.effects()).hasSize(1);
  }
}
