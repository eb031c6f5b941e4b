package dev.toolwright.workflow;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Workflows of steps, over the whole server.
@SuppressWarnings("NullAway.Init")
class WorkflowsTest {
  private static TestPlatform platform;
  private static User ada;
  private static String adder;
  private static String failing;
  private static String agent;

  @BeforeAll
  static void open() {
    platform = new TestPlatform(Map.of("TOOLWRIGHT_MODEL_ALIASES", "gpt-4o=rehearsal"));
    ada = platform.ada;
    adder = name("adder");
    platform.tool(
        ada,
        function(
            adder,
            "def run(p, c):\n    return {'sum': sum(p.get('numbers', [])), 'seen': p, 'tier': c.get('tier')}\n"));
    failing = name("failing");
    platform.tool(ada, function(failing, "def run(p, c):\n    raise ValueError('no luck')\n"));
    agent = platform.agent(ada);
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  static ObjectNode workflow(String steps) {
    var filled = steps.replace("ADDER", adder).replace("FAILING", failing).replace("AGENT", agent);
    return json("{'name':'" + name("flow") + "','steps':" + filled + "}");
  }

  static String made(ObjectNode workflow) {
    return platform.post(ada, "/api/workflows", workflow).as(201).path("id").asString();
  }

  static String started(String workflow, String input) {
    return platform
        .post(ada, "/api/workflows/" + workflow + "/runs", json("{'input':" + input + "}"))
        .as(202)
        .path("run_id")
        .asString();
  }

  static JsonNode run(String id) {
    return platform.get(ada, "/api/workflow-runs/" + id).as(200);
  }

  static JsonNode ended(String id) {
    var last = new ArrayList<JsonNode>();
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          last.clear();
          last.add(run(id));
          return List.of("completed", "partial_failure", "failed", "cancelled")
              .contains(last.getFirst().path("status").asString());
        });
    return last.getFirst();
  }

  private static JsonNode ran(String steps, String input) {
    return ended(started(made(workflow(steps)), input));
  }

  private static String status(JsonNode run, String step) {
    return run.path("results").path(step).path("status").asString("");
  }

  private static JsonNode result(JsonNode run, String step) {
    return run.path("results").path(step).path("result");
  }

  @Test
  void steps_hand_their_results_on_and_keep_their_types() {
    var run =
        ran(
            """
            [{'step_id':'a','step_type':'sequential','tool_name':'ADDER','parameters':{'numbers':'${input.numbers}'}},
             {'step_id':'b','step_type':'sequential','tool_name':'ADDER','operation':'more',
              'parameters':{'numbers':['${steps.a.result.sum}', 10], 'text':'was ${steps.a.result.sum}',
                            'all':'${step_a_result}', 'n':'${numbers[1]}'}, 'dependencies':['a']}]
            """,
            "{'numbers':[1,2,3]}");
    assertThat(run.path("status").asString()).as(run.toString()).isEqualTo("completed");
    assertThat(result(run, "b").path("sum").asInt()).isEqualTo(16);
    assertThat(result(run, "b").path("seen").path("text").asString()).isEqualTo("was 6");
    assertThat(result(run, "b").path("seen").path("n").asInt()).isEqualTo(2);
    assertThat(result(run, "b").path("seen").path("operation").asString()).isEqualTo("more");
    assertThat(result(run, "b").path("seen").path("all").path("sum").asInt()).isEqualTo(6);
    assertThat(run.path("steps_completed")).hasSize(2);
    assertThat(run.path("output").path("sum").asInt()).isEqualTo(16);
    assertThat(run.path("execution_time").asDouble()).isPositive();
    assertThat(run.path("error_details").isNull()).isTrue();
  }

  @Test
  void a_failed_step_skips_those_that_depend_on_it_and_no_other() {
    var run =
        ran(
            """
            [{'step_id':'bad','step_type':'parallel','tool_name':'FAILING'},
             {'step_id':'after','step_type':'parallel','tool_name':'ADDER','dependencies':['bad']},
             {'step_id':'later','step_type':'parallel','tool_name':'ADDER','dependencies':['after']},
             {'step_id':'good','step_type':'parallel','tool_name':'ADDER'}]
            """,
            "{}");
    assertThat(run.path("status").asString()).isEqualTo("partial_failure");
    assertThat(status(run, "bad")).isEqualTo("failed");
    assertThat(run.path("results").path("bad").path("error").asString()).contains("no luck");
    assertThat(run.path("results").path("after").path("reason").asString())
        .isEqualTo("dependency_failed");
    assertThat(status(run, "later")).isEqualTo("skipped");
    assertThat(status(run, "good")).isEqualTo("completed");
    assertThat(run.path("steps_failed").get(0).asString()).isEqualTo("bad");
    assertThat(run.path("error_details").asString()).contains("Step bad failed");
  }

  @Test
  void a_step_that_must_not_fail_ends_the_workflow() {
    var run =
        ran(
            """
            [{'step_id':'bad','step_type':'sequential','tool_name':'FAILING','on_error':'fail'},
             {'step_id':'good','step_type':'sequential','tool_name':'ADDER'}]
            """,
            "{}");
    assertThat(run.path("status").asString()).isEqualTo("failed");
    assertThat(status(run, "good")).isEmpty();
    assertThat(run.path("error_type").asString()).isEqualTo("execution_error");
  }

  @Test
  void conditions_choose_and_their_truth_is_recorded() {
    var workflow =
        made(
            workflow(
                """
                [{'step_id':'big','step_type':'conditional','condition':'input.amount > 100','tool_name':'ADDER'},
                 {'step_id':'odd','step_type':'conditional','condition':'tier == \\"gold\\"','tool_name':'ADDER'},
                 {'step_id':'else','step_type':'conditional','otherwise':['big','odd'],'tool_name':'ADDER'}]
                """));
    var small = ended(started(workflow, "{'amount':7}"));
    assertThat(status(small, "big")).isEqualTo("skipped");
    assertThat(small.path("results").path("big").path("reason").asString())
        .isEqualTo("condition_not_met");
    assertThat(small.path("results").path("big").path("message").asString())
        .contains("input.amount > 100 was false");
    assertThat(small.path("results").path("odd").path("message").asString())
        .contains("there is no tier");
    assertThat(status(small, "else")).isEqualTo("completed");
    var big = ended(started(workflow, "{'amount':101.5}"));
    assertThat(status(big, "big")).isEqualTo("completed");
    assertThat(status(big, "else")).isEqualTo("skipped");
  }

  @Test
  void a_loop_goes_over_items_some_at_once_and_keeps_their_order() {
    var run =
        ran(
            """
            [{'step_id':'each','step_type':'loop','tool_name':'ADDER','parameters':{'numbers':['${item.n}','${index}']},
              'loop':{'items':'${input.list}','concurrency':3}}]
            """,
            "{'list':[{'n':10},{'n':20},{'n':30},{'n':40},{'n':50}]}");
    assertThat(result(run, "each").values().stream().map(one -> one.path("sum").asInt()))
        .containsExactly(10, 21, 32, 43, 54);
  }

  @Test
  void a_loop_that_goes_on_keeps_what_succeeded() {
    var tool = name("picky");
    platform.tool(
        ada,
        function(
            tool,
            "def run(p, c):\n    if p['n'] % 2: raise ValueError('odd')\n    return p['n']\n"));
    var steps =
        """
        [{'step_id':'each','step_type':'loop','tool_name':'TOOL','parameters':{'n':'${item}'},
          'loop':{'items':[1,2,3,4],ON}}]
        """
            .replace("TOOL", tool);
    var on = ran(steps.replace("ON", "'on_error':'continue'"), "{}");
    assertThat(status(on, "each")).isEqualTo("completed");
    assertThat(result(on, "each").toString()).isEqualTo("[null,2,null,4]");
    var off = ran(steps.replace("ON", "'concurrency':1"), "{}");
    assertThat(status(off, "each")).isEqualTo("failed");
    assertThat(off.path("results").path("each").path("error").asString()).contains("odd");
  }

  @Test
  void a_loop_goes_on_while_its_condition_holds_and_no_longer_than_allowed() {
    var steps =
        """
        [{'step_id':'grow','step_type':'loop','tool_name':'ADDER',
          'parameters':{'numbers':['${index}', 1]},
          'loop':{'while':'index < 3 || (previous != null && previous.sum < LIMIT)','max_iterations':6}}]
        """;
    var run = ran(steps.replace("LIMIT", "5"), "{}");
    assertThat(result(run, "grow").values().stream().map(one -> one.path("sum").asInt()))
        .containsExactly(1, 2, 3, 4, 5);
    var endless = ran(steps.replace("LIMIT", "500"), "{}");
    assertThat(endless.path("results").path("grow").path("error_type").asString())
        .isEqualTo("iteration_limit");
  }

  @Test
  void a_block_holds_steps_of_its_own() {
    var run =
        ran(
            """
            [{'step_id':'both','step_type':'parallel','steps':[
               {'step_id':'x','step_type':'parallel','tool_name':'ADDER','parameters':{'numbers':[1]}},
               {'step_id':'y','step_type':'parallel','tool_name':'ADDER','parameters':{'numbers':[2]}},
               {'step_id':'z','step_type':'parallel','dependencies':['x','y'],'tool_name':'ADDER',
                'parameters':{'numbers':['${steps.x.result.sum}','${steps.y.result.sum}']}}]},
             {'step_id':'end','step_type':'parallel','dependencies':['both'],'tool_name':'ADDER',
              'parameters':{'numbers':['${steps.both.result.z.sum}']}}]
            """,
            "{}");
    assertThat(result(run, "end").path("sum").asInt()).as(run.toString()).isEqualTo(3);
  }

  @Test
  void agents_and_workflows_are_runs_of_their_own() {
    var inner =
        made(
            workflow(
                "[{'step_id':'s','step_type':'sequential','tool_name':'ADDER','parameters':{'numbers':['${input.n}',1]}}]"));
    var run =
        ran(
            """
            [{'step_id':'ask','step_type':'parallel','agent_id':'AGENT','parameters':{'message':'SAY ${input.word}'}},
             {'step_id':'sub','step_type':'parallel','workflow_id':'INNER','parameters':{'n':41}},
             {'step_id':'end','step_type':'sequential','dependencies':['ask','sub'],'tool_name':'ADDER',
              'parameters':{'said':'${steps.ask.result.response}','n':'${steps.sub.result.output.sum}'}}]
            """
                .replace("INNER", inner),
            "{'word':'hello'}");
    assertThat(run.path("status").asString()).as(run.toString()).isEqualTo("completed");
    assertThat(result(run, "end").path("seen").path("said").asString()).isEqualTo("hello");
    assertThat(result(run, "end").path("seen").path("n").asInt()).isEqualTo(42);
    assertThat(
            platform.one(
                "select count(*) from run where parent_id = '"
                    + run.path("run_id").asString()
                    + "'",
                Integer.class))
        .isEqualTo(2);
  }

  @Test
  void a_failed_attempt_is_repeated_as_often_as_asked() {
    var run =
        ran(
            """
            [{'step_id':'try','step_type':'sequential','tool_name':'FAILING','retry_count':1}]
            """,
            "{}");
    assertThat(status(run, "try")).isEqualTo("failed");
    assertThat(
            platform.one(
                "select count(*) from run_step where key like 'step/try%' and name = '"
                    + failing
                    + "' and run_id = '"
                    + run.path("run_id").asString()
                    + "'",
                Integer.class))
        .isEqualTo(2);
  }

  @Test
  void a_wait_gives_the_node_back_and_an_event_ends_it() {
    var id =
        started(
            made(
                workflow(
                    """
                    [{'step_id':'nap','step_type':'sequential','wait':{'seconds':0.2}},
                     {'step_id':'paid','step_type':'sequential','wait':{'event':'paid'}},
                     {'step_id':'end','step_type':'sequential','tool_name':'ADDER',
                      'parameters':{'numbers':['${steps.paid.result.amount}']}}]
                    """)),
            "{}");
    var early = platform.post(ada, "/api/workflow-runs/" + id + "/events", json("{'event':'no'}"));
    assertThat(early.status()).isEqualTo(409);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            platform
                    .post(
                        ada,
                        "/api/workflow-runs/" + id + "/events",
                        json("{'event':'paid','data':{'amount':5}}"))
                    .status()
                == 200);
    assertThat(result(ended(id), "end").path("sum").asInt()).isEqualTo(5);
  }

  @Test
  void every_fault_is_named_before_anything_runs() {
    var answer =
        platform.post(
            ada,
            "/api/workflows",
            workflow(
                """
                [{'step_id':'a','step_type':'sequential','tool_name':'nothing_like_it','dependencies':['c']},
                 {'step_id':'a','step_type':'sideways','tool_name':'ADDER'},
                 {'step_id':'c','step_type':'parallel','tool_name':'ADDER','dependencies':['a','ghost'],
                  'parameters':{'x':'${steps.d.result}','y':'${steps.nobody.result}'},'condition':'a ==','colour':1},
                 {'step_id':'d','step_type':'loop','agent_id':'asst_x','loop':{}}]
                """));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text())
        .contains(
            "nothing_like_it",
            "used twice",
            "step_type must be one of",
            "ghost",
            "circle: a → c → a")
        .contains("asst_x", "items or while", "is no CEL", "steps.d.result", "steps.nobody.result")
        .contains("colour");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | must not be empty",
        "[{'step_id':'a','step_type':'parallel'}] | tool_name is required",
        "[{'step_id':'a','step_type':'parallel','tool_name':'ADDER','agent_id':'AGENT'}] | cannot stand beside",
        "[{'step_id':'a','step_type':'parallel','tool_name':'ADDER','parameters':{'x':'${a b}'}}] | is no reference",
        "[{'step_id':'a','step_type':'parallel','tool_name':'ADDER','parameters':{'x':'${steps.a.result}'}}] | cannot be sure",
        "[{'step_id':'a','step_type':'loop','tool_name':'ADDER','loop':{'items':[1],'while':'true'}}] | only one of them",
        "[{'step_id':'a','step_type':'parallel','wait':{}}] | only one of them",
      })
  void a_faulty_step_is_refused(String steps, String says) {
    var answer = platform.post(ada, "/api/workflows", workflow(steps));
    assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    assertThat(answer.text()).contains(says);
  }

  @Test
  void workflows_that_would_call_each_other_are_refused() {
    var first = made(workflow("[{'step_id':'s','step_type':'sequential','tool_name':'ADDER'}]"));
    var second =
        made(workflow("[{'step_id':'s','step_type':'sequential','workflow_id':'" + first + "'}]"));
    var answer =
        platform.put(
            ada,
            "/api/workflows/" + first,
            json(
                "{'steps':[{'step_id':'s','step_type':'sequential','workflow_id':'"
                    + second
                    + "'}]}"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("circle", "→");
  }

  @Test
  void a_cancelled_workflow_cancels_what_it_started() {
    var id =
        started(
            made(
                workflow(
                    "[{'step_id':'s','step_type':'sequential','workflow_id':'"
                        + made(
                            workflow(
                                "[{'step_id':'w','step_type':'sequential','wait':{'event':'never'}}]"))
                        + "'}]")),
            "{}");
    await()
        .until(() ->
            platform.one(
                "select count(*) = 2 from run where state = 'waiting' and '"
                    + id
                    + "' in (id, parent_id)",
                Boolean.class));
    assertThat(run(id).path("status").asString())
        .as("it waits for nothing but a job of its own")
        .isEqualTo("processing");
    platform
        .post(ada, "/agents/status/" + id.replace("run_", "job_") + "/cancel", Json.object())
        .as(200);
    assertThat(run(id).path("status").asString()).isEqualTo("cancelled");
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() ->
            platform
                .one("select state from run where parent_id = '" + id + "'", String.class)
                .equals("cancelled"));
  }

  @Test
  void a_retry_does_again_what_failed_and_keeps_the_rest() {
    var tool = name("later");
    var code = "def run(p, c):\n    raise ValueError('not yet')\n";
    platform.tool(ada, function(tool, code));
    var workflow =
        made(
            workflow(
                """
                [{'step_id':'a','step_type':'sequential','tool_name':'ADDER','parameters':{'numbers':[1]}},
                 {'step_id':'b','step_type':'sequential','tool_name':'TOOL','on_error':'fail'}]
                """
                    .replace("TOOL", tool)));
    var id = started(workflow, "{}");
    assertThat(ended(id).path("status").asString()).isEqualTo("failed");
    platform
        .post(ada, "/agents/status/" + id.replace("run_", "job_") + "/retry", Json.object())
        .as(200);
    await()
        .until(() ->
            platform.one(
                    "select attempt from run where id = '" + id + "' and ended_at is not null",
                    Integer.class)
                == 2);
    assertThat(ended(id).path("status").asString()).isEqualTo("failed");
    assertThat(
            platform.one(
                "select count(*) from call where run_id = '" + id + "' and step_key = 'step/a'",
                Integer.class))
        .isEqualTo(1);
  }

  @Test
  void figures_are_numbers_even_when_there_are_none() {
    var none = platform.get(platform.eve, "/api/workflows/metrics").as(200);
    assertThat(none.toString())
        .contains(
            "\"total_workflows\":0",
            "\"success_rate\":0",
            "\"average_execution_time\":0",
            "\"active_workflows\":0");
    ran("[{'step_id':'a','step_type':'sequential','tool_name':'ADDER'}]", "{}");
    var some = platform.get(ada, "/api/workflows/metrics").as(200);
    assertThat(some.path("completed_workflows").asInt()).isPositive();
    assertThat(some.path("success_rate").asDouble()).isBetween(0.0, 1.0);
  }

  @Test
  void versions_are_kept_and_gone_back_to() {
    var id = made(workflow("[{'step_id':'a','step_type':'sequential','tool_name':'ADDER'}]"));
    platform
        .put(
            ada,
            "/api/workflows/" + id,
            json(
                "{'steps':[{'step_id':'b','step_type':'sequential','tool_name':'" + adder + "'}]}"))
        .as(200);
    var back =
        platform.post(ada, "/api/workflows/" + id + "/rollback", json("{'version':1}")).as(200);
    assertThat(back.path("version").asInt()).isEqualTo(3);
    assertThat(back.path("steps").get(0).path("step_id").asString()).isEqualTo("a");
    assertThat(
            platform.get(ada, "/api/workflows/" + id + "/versions").as(200).path("count").asInt())
        .isEqualTo(3);
  }
}
