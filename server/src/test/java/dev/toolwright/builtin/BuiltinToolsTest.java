package dev.toolwright.builtin;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import java.util.ArrayList;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The server's own tools: listed for everybody, changed by nobody; the calculator at work.
@SuppressWarnings("NullAway.Init")
class BuiltinToolsTest {
  private static final Map<String, String> CATEGORIES =
      Map.of(
          "web_search", "information",
          "database_query", "data",
          "calculator", "math",
          "send_email", "communication",
          "data_analysis", "analytics",
          "document_generator", "productivity",
          "calendar_manager", "productivity",
          "task_manager", "productivity");
  private static TestPlatform platform;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  @Test
  void eight_tools_are_listed_for_everybody_in_their_categories() {
    var tools = platform.get(platform.vera, "/agents/tools").as(200).path("tools");
    for (var builtin : CATEGORIES.entrySet()) {
      assertThat(tools)
          .anySatisfy(tool -> {
            assertThat(tool.path("name").asString()).isEqualTo(builtin.getKey());
            assertThat(tool.path("category").asString()).isEqualTo(builtin.getValue());
            assertThat(tool.path("tool_type").asString()).isEqualTo("builtin");
            assertThat(tool.path("parameters_schema").path("properties")).isNotEmpty();
          });
    }
    var some =
        platform.get(platform.ada, "/agents/tools?categories=analytics&categories=math").as(200);
    assertThat(some.path("tools"))
        .extracting(tool -> tool.path("name").asString())
        .containsExactly("calculator", "data_analysis");
    assertThat(platform.get(platform.ada, "/agents/tools/list").text()).doesNotContain("math");
    assertThat(platform.get(platform.eve, "/agents/tools?format=openai").text())
        .contains("calculator");
  }

  @Test
  void nobody_changes_them_or_takes_their_names() {
    var path = "/agents/tools/calculator";
    var shown = platform.get(platform.root, path).as(200).path("tool");
    assertThat(shown.path("creator_name").asString()).isEqualTo("Toolwright");
    assertThat(shown.path("implementation").isNull()).isTrue();
    platform.put(platform.root, path, json("{'description':'mine'}")).as(403);
    platform.delete(platform.root, path).as(403);
    platform.post(platform.root, path + "/share", json("{'user_ids':['x']}")).as(403);
    var taken = function("send_email", "def run(parameters, context):\n    return 1\n");
    assertThat(platform.post(platform.ada, "/agents/tools/create", taken).as(400).toString())
        .contains("reserved");
  }

  @Test
  void what_is_not_there_yet_says_so() {
    var failed = platform.test(platform.ada, "web_search", json("{'query':'tools'}"));
    assertThat(failed.path("success").asBoolean()).isFalse();
    assertThat(failed.path("error_type").asString()).isEqualTo("not_available");
    assertThat(failed.path("error").asString())
        .isEqualTo(
            "web_search is not available on this server yet; it has calculator, executeWorkflow, getAgentStatus, listAgents, read_artifact");
  }

  @Test
  void an_agent_uses_them_and_a_template_finds_its_own() {
    var agent = platform.agent(platform.ada, "calculator");
    var ended =
        platform.ended(
            platform.ada,
            agent,
            "CALL calculator {\"expression\": \"6 * 7\"}\n---\nSAY <<last_tool_result>>");
    assertThat(ended.path("result").path("response").asString()).contains("42");
    var made =
        platform
            .post(
                platform.ada,
                "/agents/custom/create",
                json("{'name':'n','base_template':'executive_assistant'}"))
            .as(200);
    assertThat(made.path("skipped_tools")).isEmpty();
    assertThat(made.path("tools")).hasSize(4);
  }

  private static JsonNode calculated(String expression, String variables) {
    var arguments = Json.object().put("expression", expression);
    if (!variables.isEmpty()) {
      arguments.set("variables", json(variables));
    }
    return platform.test(platform.ada, "calculator", arguments);
  }

  @Test
  void it_calculates_exactly() {
    var softly = new SoftAssertions();
    for (var one :
        new String[][] {
          {"0.1 + 0.2", "", "0.3"},
          {"2 ^ 10 % 1000", "", "24"},
          {"2 ^ 100", "", "1267650600228229401496703205376"},
          {"ROUND(price * 1.19, 2)", "{'price':9.99}", "11.89"},
          {"ROUND(-2.5)", "", "-3"},
          {"SUM(x) / 3", "{'x':[1,2,6]}", "3"},
          {"IF(a > 1, FACT(20), 0)", "{'a':2}", "2432902008176640000"},
          {"ROUND(PMT(0.06/12, 360, 200000), 2)", "", "-1199.1"},
          {"ROUND(FV(0.05, 10, -100), 2)", "", "1257.79"},
          {"ROUND(NPV(0.1, flows), 2)", "{'flows':[-10000,3000,4200,6800]}", "1188.44"},
          {"ROUND(IRR(flows), 6)", "{'flows':[-70000,12000,15000,18000,21000,26000]}", "0.086631"},
          {"DAYS_BETWEEN(\"2024-02-01\", \"2024-03-01\")", "", "29"},
          {"MONTHS_BETWEEN(\"2026-01-31\", \"2026-03-01\")", "", "1"},
        }) {
      var answer = calculated(one[0], one[1]);
      softly
          .assertThat(answer.path("result").path("exact").asString(""))
          .as("%s: %s", one[0], answer)
          .isEqualTo(one[2]);
    }
    softly.assertThat(calculated("1 < 2", "").path("result").path("result").asBoolean()).isTrue();
    softly.assertAll();
  }

  @Test
  void faults_point_at_their_column_and_huge_numbers_are_refused() {
    assertThat(calculated("1 + foo(2)", "").path("error").asString()).contains("column 5");
    assertThat(calculated("1 + nope", "").path("error").asString()).contains("column 5");
    var refused = new ArrayList<String>();
    for (var expression :
        new String[] {
          "10 ^ 999999999",
          "((9^999)^999)^999",
          "1e99999999 + 1",
          "FACT(1000000)",
          "1 / 0",
          "SQRT(-1)",
          "IRR(1, 2)",
          "ROUND(1, 1000000000)",
          "DAYS_BETWEEN(\"today\", \"2026-01-01\")",
          "STR_FORMAT(\"%999999999s\", 1)",
          "DT_NOW()",
          "(".repeat(900) + "1" + ")".repeat(900),
        }) {
      var answer = calculated(expression, "");
      assertThat(answer.path("success").asBoolean(true)).as("%s: %s", expression, answer).isFalse();
      refused.add(answer.path("error").asString());
    }
    assertThat(refused).doesNotContain("");
    assertThat(calculated("ROUND(x)", "{'x':1e900}").path("success").asBoolean()).isFalse();
  }
}
