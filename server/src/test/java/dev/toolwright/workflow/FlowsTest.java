package dev.toolwright.workflow;

import static dev.toolwright.TestPlatform.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.account.Role;
import dev.toolwright.json.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The flows of the Agents face: agents one after the other, side by side, or chosen.
@SuppressWarnings("NullAway.Init")
class FlowsTest {
  private static TestPlatform platform;
  private static User ada;
  private static String agent;

  @BeforeAll
  static void open() {
    platform = new TestPlatform(Map.of("TOOLWRIGHT_MODEL_ALIASES", "gpt-4o=rehearsal"));
    ada = platform.ada;
    agent = platform.agent(ada);
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static ObjectNode flow(String type, String entries) {
    return json(
        "{'name':'Flow','description':'of a test','flow_type':'%s','agents':%s}"
            .formatted(type, entries.replace("AGENT", agent)));
  }

  private static String made(ObjectNode flow) {
    var answer = platform.post(ada, "/agents/workflow/create", flow).as(200);
    assertThat(answer.path("message").asString()).isEqualTo("Workflow created successfully");
    return answer.path("workflow_id").asString();
  }

  private static JsonNode ended(String workflow, String input, String context) {
    var body = Json.object().put("workflow_id", workflow).put("initial_input", input);
    body.set("context", json(context));
    var started = platform.post(ada, "/agents/workflow/execute", body).as(200);
    assertThat(started.path("model").asString()).isEqualTo("agent_execution");
    return platform.until(
        ada, started.path("job_id").asString(), "completed", "failed", "cancelled");
  }

  private static List<String> statuses(JsonNode job) {
    return job.at("/result/workflow_results").values().stream()
        .map(step -> step.path("status").asString())
        .toList();
  }

  @Test
  void a_sequence_hands_on_what_each_agent_answered() {
    var workflow =
        made(
            flow(
                "sequential",
                "[{'agent_id':'AGENT','role':'First ${x}'},{'agent_id':'AGENT','role':'Second'}]"));
    var job = ended(workflow, "SAY so: <<last_user_message>>", "{'tier':'gold'}");
    assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
    var results = job.at("/result/workflow_results");
    assertThat(results).hasSize(2);
    assertThat(results.get(0).path("step").asInt()).isEqualTo(1);
    assertThat(results.get(0).path("role").asString()).isEqualTo("First ${x}");
    assertThat(results.get(0).path("agent_id").asString()).isEqualTo(agent);
    assertThat(results.get(1).path("output").asString())
        .contains("What came out of the step before", "so:");
    assertThat(job.at("/result/output").asString())
        .isEqualTo(results.get(1).path("output").asString());
    assertThat(job.at("/progress/step").asInt()).isEqualTo(2);
    assertThat(job.at("/progress/steps").asInt()).isEqualTo(2);
  }

  @Test
  void agents_side_by_side_keep_their_order_and_one_that_fails_does_not_stop_the_others() {
    var workflow =
        made(
            flow(
                "parallel",
                """
                [{'agent_id':'AGENT','role':'One','description':'x\\nSAY first'},
                 {'agent_id':'AGENT','role':'Two','description':'x\\nFAIL on purpose'},
                 {'agent_id':'AGENT','role':'Three','description':'x\\nSAY third'}]
                """));
    var job = ended(workflow, "Go.", "{}");
    assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("completed");
    assertThat(statuses(job)).containsExactly("completed", "failed", "completed");
    assertThat(job.at("/result/workflow_results/1/output").asString()).isEmpty();
    assertThat(job.at("/result/workflow_results/1/error").asString()).isNotEmpty();
    assertThat(job.at("/result/output").asString())
        .contains("## One", "first", "## Three", "third");
    var strict =
        flow("parallel", "[{'agent_id':'AGENT','role':'Two','description':'x\\nFAIL now'}]");
    assertThat(ended(made(strict.put("fail_fast", true)), "Go.", "{}").path("status").asString())
        .isEqualTo("failed");
  }

  private static final String SUPPORT =
      """
      [{'agent_id':'AGENT','role':'Triage','conditions':['issue_type == \\"general\\"','tier == \\"standard\\"']},
       {'agent_id':'AGENT','role':'Technical','conditions':['issue_type == \\"technical\\"']},
       {'agent_id':'AGENT','role':'VIP','match':'any','conditions':['tier == \\"enterprise\\"','priority == \\"high\\"']}]
      """;

  @Test
  void the_first_agent_whose_conditions_hold_runs() {
    var workflow = made(flow("conditional", SUPPORT));
    var technical = ended(workflow, "SAY done", "{'issue_type':'technical','tier':'enterprise'}");
    assertThat(statuses(technical)).containsExactly("skipped", "completed", "skipped");
    assertThat(technical.at("/result/output").asString()).isEqualTo("done");
    var vip = ended(workflow, "SAY done", "{'issue_type':'general','priority':'high'}");
    assertThat(statuses(vip)).containsExactly("skipped", "skipped", "completed");
  }

  @Test
  void every_agent_whose_conditions_hold_runs_when_asked() {
    var job =
        ended(
            made(flow("conditional", SUPPORT).put("route", "all")),
            "SAY done",
            "{'issue_type':'technical','tier':'enterprise'}");
    assertThat(statuses(job)).containsExactly("skipped", "completed", "completed");
  }

  @Test
  void one_without_conditions_runs_when_no_other_does() {
    var workflow =
        made(
            flow(
                "conditional",
                "[{'agent_id':'AGENT','role':'Default'},{'agent_id':'AGENT','role':'A','conditions':['x == 1']}]"));
    assertThat(statuses(ended(workflow, "SAY a", "{}"))).containsExactly("completed", "skipped");
    assertThat(statuses(ended(workflow, "SAY a", "{'x':1}")))
        .containsExactly("skipped", "completed");
  }

  @Test
  void where_nobody_matches_the_job_fails_and_says_which_conditions_were_false() {
    var job = ended(made(flow("conditional", SUPPORT)), "SAY x", "{'issue_type':'other'}");
    assertThat(job.path("status").asString()).isEqualTo("failed");
    assertThat(job.path("error_message").asString())
        .contains("Triage", "issue_type == \"general\" was false", "there is no tier");
    assertThat(statuses(job)).containsExactly("skipped", "skipped", "skipped");
  }

  @Test
  void faults_are_named_together() {
    var answer =
        platform.post(
            ada,
            "/agents/workflow/create",
            flow(
                "sideways",
                "[{'agent_id':'asst_none'},{'agent_id':'AGENT','role':'x','conditions':['a = 1']}]"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text())
        .contains(
            "flow_type must be one of", "agents[0].role is required", "asst_none", "is no CEL");
  }

  @Test
  void each_agent_that_runs_costs_its_price_and_one_that_does_not_costs_nothing() {
    var user = platform.newUser(Role.MEMBER);
    var own = platform.agent(user);
    var entries =
        "[{'agent_id':'%s','role':'A','conditions':['x == 1']},{'agent_id':'%s','role':'B'}]"
            .formatted(own, own);
    var flow = json("{'name':'F','flow_type':'conditional','agents':" + entries + "}");
    var workflow =
        platform.post(user, "/agents/workflow/create", flow).as(200).path("workflow_id").asString();
    var body = Json.object().put("workflow_id", workflow).put("initial_input", "SAY x");
    var job =
        platform.post(user, "/agents/workflow/execute", body).as(200).path("job_id").asString();
    platform.until(user, job, "completed");
    assertThat(
            platform.one(
                "select spent from user_meter where user_id = '" + user.caller().userId() + "'",
                Double.class))
        .isEqualTo(1 + 3 + 5);
  }

  @Test
  void an_agent_of_a_workflow_is_not_deleted_by_mistake() {
    var own = platform.agent(ada);
    made(flow("parallel", "[{'agent_id':'" + own + "','role':'A'}]"));
    var refused = platform.delete(ada, "/agents/" + own);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text()).contains("Flow");
    platform.delete(ada, "/agents/" + own + "?force=true").as(200);
  }

  @Test
  void a_workflow_is_listed_shown_changed_and_deleted() {
    var workflow = made(flow("parallel", "[{'agent_id':'AGENT','role':'A'}]"));
    assertThat(
            platform
                .get(ada, "/agents/workflow/list")
                .as(200)
                .path("workflows")
                .get(0)
                .path("workflow_id")
                .asString())
        .isEqualTo(workflow);
    platform.put(ada, "/agents/workflow/" + workflow, json("{'flow_type':'sequential'}")).as(200);
    var shown = platform.get(ada, "/agents/workflow/" + workflow).as(200);
    assertThat(shown.path("flow_type").asString()).isEqualTo("sequential");
    assertThat(shown.path("agents").get(0).path("role").asString()).isEqualTo("A");
    assertThat(shown.path("version").asInt()).isEqualTo(2);
    platform.put(ada, "/agents/workflow/" + workflow, (ObjectNode) shown).as(200);
    platform.delete(ada, "/agents/workflow/" + workflow).as(200);
    assertThat(platform.get(ada, "/agents/workflow/" + workflow).status()).isEqualTo(404);
  }
}
