package dev.toolwright.workflow;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.TestPlatform.User;
import dev.toolwright.json.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One tool for many items.
@SuppressWarnings("NullAway.Init")
class BatchTest {
  private static final String ROOT = "/api/custom-tools/batch";
  private static TestPlatform platform;
  private static User ada;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
    ada = platform.ada;
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static String tool(String body) {
    var tool = name("each");
    return platform.tool(ada, function(tool, "def run(p, c):\n" + body));
  }

  private static String started(ObjectNode body) {
    return platform.post(ada, ROOT, body).as(202).at("/batch/id").asString();
  }

  private static JsonNode ended(String id) {
    platform.until(ada, id.replace("run_", "job_"), "completed", "failed", "cancelled");
    return platform.get(ada, ROOT + "/" + id).as(200).path("batch");
  }

  @Test
  void each_item_is_a_call_and_the_answers_are_paged() {
    var body = Json.object().put("toolId", tool("    return p['n'] * 2\n")).put("concurrency", 8);
    var items = body.putArray("items");
    for (var i = 0; i < 120; i++) {
      items.addObject().put("n", i);
    }
    var id = started(body);
    var batch = ended(id);
    assertThat(batch.path("status").asString()).as(batch.toString()).isEqualTo("completed");
    assertThat(batch.path("total").asInt()).isEqualTo(120);
    assertThat(batch.path("completed").asInt()).isEqualTo(120);
    assertThat(batch.path("items")).hasSize(50);
    var last = platform.get(ada, ROOT + "/" + id + "?page=3&limit=50").as(200).at("/batch/items");
    assertThat(last).hasSize(20);
    assertThat(last.get(19).path("result").asInt()).isEqualTo(238);
  }

  @Test
  void what_failed_is_told_and_done_again_and_the_rest_is_not() {
    var tool =
        tool("    if p['n'] == 2 and not c.get('x'): raise ValueError('two')\n    return p['n']\n");
    var id = started(json("{'toolId':'" + tool + "','items':[{'n':1},{'n':2},{'n':3}]}"));
    var batch = ended(id);
    assertThat(batch.path("status").asString()).isEqualTo("partial_failure");
    assertThat(batch.path("failed").asInt()).isEqualTo(1);
    assertThat(batch.at("/items/1/error").asString()).contains("two");
    platform.post(ada, ROOT + "/" + id + "/resume", Json.object()).as(200);
    assertThat(ended(id).path("failed").asInt()).isEqualTo(1);
    assertThat(platform.one("select count(*) from call where run_id = '" + id + "'", Integer.class))
        .isEqualTo(4);
  }

  @Test
  void the_first_failure_ends_it_when_asked() {
    var tool = tool("    raise ValueError('no')\n");
    var batch =
        ended(
            started(
                json(
                    "{'toolId':'"
                        + tool
                        + "','items':[{},{},{}],'concurrency':1,'onError':'fail'}")));
    assertThat(batch.path("status").asString()).isEqualTo("failed");
    assertThat(batch.path("pending").asInt()).isEqualTo(2);
    assertThat(batch.path("error").asString()).contains("no");
  }

  @Test
  void parameters_say_what_of_an_item_goes_where() {
    var tool = tool("    return p['name'] + str(p['place'])\n");
    var batch =
        ended(
            started(
                json(
                    "{'toolId':'"
                        + tool
                        + "','items':['a','b'],'parameters':{'name':'${item}','place':'${index}'}}")));
    assertThat(batch.path("items").values().stream().map(item -> item.path("result").asString()))
        .containsExactly("a0", "b1");
  }

  @Test
  void faults_are_named() {
    var answer =
        platform.post(ada, ROOT, json("{'items':[1],'concurrency':0,'onError':'x','colour':1}"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("toolId", "items[0]", "concurrency", "onError", "colour");
    assertThat(platform.post(ada, ROOT, json("{'toolId':'tool_none','items':[{}]}")).status())
        .isEqualTo(404);
  }
}
