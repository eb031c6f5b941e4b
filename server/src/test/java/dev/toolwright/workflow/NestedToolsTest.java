package dev.toolwright.workflow;

import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Agents and workflows that are tools of others.
@SuppressWarnings("NullAway.Init")
class NestedToolsTest {
  private static TestPlatform platform;
  private static User ada;

  @BeforeAll
  static void open() {
    platform = new TestPlatform(Map.of("TOOLWRIGHT_MODEL_ALIASES", "gpt-4o=rehearsal"));
    ada = platform.ada;
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static String tool(String implementation) {
    var tool = name("nested");
    platform.tool(
        ada,
        json(
            "{'name':'"
                + tool
                + "','description':'of a test','tool_type':'workflow','implementation':"
                + implementation
                + "}"));
    return tool;
  }

  private static String workflow(String steps) {
    return platform
        .post(ada, "/api/workflows", json("{'name':'w','steps':" + steps + "}"))
        .as(201)
        .path("id")
        .asString();
  }

  private static final String DOUBLE =
      "[{'step_id':'s','step_type':'sequential','tool_name':'calculator','parameters':{'expression':'2 * ${input.n}'}}]";

  @Test
  void a_workflow_is_called_like_any_tool_by_rest_mcp_and_agents() {
    var tool = tool("{'workflow_id':'" + workflow(DOUBLE) + "'}");
    var tested = platform.test(ada, tool, json("{'n':21}"));
    assertThat(tested.path("success").asBoolean()).as(tested.toString()).isTrue();
    assertThat(tested.path("result").toString()).contains("42");
    var called = json("{'jsonrpc':'2.0','id':1,'method':'tools/call'}");
    called.putObject("params").put("name", tool).putObject("arguments").put("n", 4);
    assertThat(platform.post(ada, "/mcp", called).as(200).toString()).contains("8");
    var ended =
        platform.ended(
            ada,
            platform.agent(ada, tool),
            "CALL " + tool + " {\"n\": 5}\n---\nSAY <<last_tool_result>>");
    assertThat(ended.at("/result/response").asString()).contains("10");
    assertThat(
            platform
                .get(ada, "/agents/tools/" + tool)
                .as(200)
                .at("/tool/usage_stats/usage_count")
                .asInt())
        .isEqualTo(3);
  }

  @Test
  void an_agent_asks_another_and_a_workflow_goes_through_both() {
    var tool = tool("{'agent_id':'" + platform.agent(ada) + "'}");
    var outer = platform.agent(ada, tool);
    var ended =
        platform.ended(
            ada,
            outer,
            "CALL " + tool + " {\"message\": \"SAY from inside\"}\n---\nSAY <<last_tool_result>>");
    assertThat(ended.at("/result/response").asString()).contains("from inside");
    var id =
        workflow(
            "[{'step_id':'s','step_type':'sequential','tool_name':'"
                + tool
                + "','parameters':{'message':'SAY again'}}]");
    var run =
        platform
            .post(ada, "/api/workflows/" + id + "/runs", json("{}"))
            .as(202)
            .path("run_id")
            .asString();
    var job = platform.until(ada, run.replace("run_", "job_"), "completed", "failed");
    assertThat(job.at("/result/output").asString()).as(job.toString()).isEqualTo("again");
  }

  @Test
  void its_failure_is_the_calls_failure() {
    var tool =
        tool(
            "{'workflow_id':'"
                + workflow(
                    "[{'step_id':'s','step_type':'sequential','tool_name':'calculator','parameters':{'expression':'1 +'},'on_error':'fail'}]")
                + "'}");
    var tested = platform.test(ada, tool, Json.object());
    assertThat(tested.path("success").asBoolean()).isFalse();
    assertThat(tested.path("error").asString()).contains("Step s failed");
  }

  @Test
  void what_calls_itself_comes_to_an_end() {
    var agent = platform.agent(ada);
    var tool = tool("{'agent_id':'" + agent + "'}");
    platform.put(ada, "/agents/" + agent, json("{}").set("tools", Json.array().add(tool))).as(200);
    var script = "CALL " + tool + " {\"message\": \"<<last_user_message>>\"}\n---\nSAY done";
    var job = platform.execute(ada, agent, script);
    assertThat(platform.until(ada, job, "completed", "failed").path("status").asString())
        .isIn("completed", "failed");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            platform.one("select count(*) from run where ended_at is null", Integer.class) == 0);
    assertThat(platform.one("select max(depth) from run", Integer.class)).isLessThanOrEqualTo(8);
  }

  @Test
  void what_is_a_tool_of_others_is_not_deleted_by_mistake_and_faults_are_named() {
    var id = workflow(DOUBLE);
    tool("{'workflow_id':'" + id + "'}");
    assertThat(platform.delete(ada, "/api/workflows/" + id).status()).isEqualTo(409);
    var answer =
        platform.post(
            ada,
            "/agents/tools/create",
            json(
                "{'name':'x','tool_type':'workflow','implementation':{'workflow_id':'workflow_x'}}"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("implementation.workflow_id names no workflow");
  }

  @Test
  void a_workflow_that_would_come_back_to_itself_through_a_tool_is_refused() {
    var id = workflow(DOUBLE);
    var tool = tool("{'workflow_id':'" + id + "'}");
    var answer =
        platform.put(
            ada,
            "/api/workflows/" + id,
            json(
                "{'steps':[{'step_id':'s','step_type':'sequential','tool_name':'" + tool + "'}]}"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("circle");
  }
}
