package dev.toolwright.api.agents;

import static dev.toolwright.TestPlatform.function;
import static dev.toolwright.TestPlatform.json;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.Remote;
import dev.toolwright.TestPlatform;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What the server offers of tools: definitions to begin with, and schemas to paste elsewhere.
@SuppressWarnings("NullAway.Init")
class ToolOffersTest {
  private static TestPlatform platform;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static JsonNode templates() {
    return platform.get(platform.ada, "/agents/tools/templates").as(200).path("templates");
  }

  @Test
  void every_template_creates_as_it_is_and_with_overrides_merged_by_the_client() {
    assertThat(templates().propertyNames())
        .containsExactly("http_request", "data_processor", "text_analyzer");
    for (var template : templates().properties()) {
      var asIs = (ObjectNode) template.getValue().deepCopy();
      platform.tool(platform.ada, asIs);
      var renamed = asIs.put("name", name("merged")).put("category", "sales");
      platform.tool(platform.ada, renamed);
      assertThat(
              platform
                  .get(platform.ada, "/agents/tools/" + renamed.path("name").asString())
                  .as(200)
                  .path("tool")
                  .path("category")
                  .asString())
          .isEqualTo("sales");
    }
  }

  @Test
  void a_template_can_be_named_and_overridden() {
    var tool = name("content_analyzer");
    var body = json("{'template':'text_analyzer','category':'marketing'}").put("name", tool);
    platform.tool(platform.ada, body);
    var result =
        platform
            .test(platform.ada, tool, json("{'text':'Customers love it. Delivery was not good.'}"))
            .path("result");
    assertThat(result.path("words").asInt()).isEqualTo(7);
    assertThat(result.path("sentences").asInt()).isEqualTo(2);
    assertThat(result.path("sentiment").path("label").asString()).isEqualTo("neutral");

    var refused =
        platform.post(
            platform.ada, "/agents/tools/create", json("{'template':'nothing','name':'x'}"));
    assertThat(refused.as(400).toString())
        .contains("template", "http_request", "data_processor", "text_analyzer");
    assertThat(
            platform
                .post(
                    platform.ada,
                    "/agents/tools/create",
                    json("{'template':'http_request','name':'x','colour':1}"))
                .as(400)
                .toString())
        .contains("colour");
  }

  @Test
  void the_data_processor_filters_sorts_and_adds_up() {
    var tool = name("sales_processor");
    platform.tool(platform.ada, json("{'template':'data_processor'}").put("name", tool));
    var data = "'data':[{'r':'a','v':3},{'r':'b','v':1},{'r':'a','v':5}]";
    var groups =
        platform
            .test(
                platform.ada,
                tool,
                json("{'operation':'aggregate','field':'v','group_by':'r'," + data + "}"))
            .path("result")
            .path("groups");
    assertThat(groups.path("a").path("sum").asInt()).isEqualTo(8);
    var kept =
        platform
            .test(
                platform.ada,
                tool,
                json("{'operation':'filter','field':'v','comparison':'>','value':2," + data + "}"))
            .path("result");
    assertThat(kept.path("kept").asInt()).isEqualTo(2);
    var failed = platform.test(platform.ada, tool, json("{'operation':'sort'," + data + "}"));
    assertThat(failed.path("success").asBoolean()).isFalse();
    assertThat(failed.path("error").asString()).contains("field");
  }

  @Test
  void the_fields_of_an_implementation_override_a_templates_one_by_one() {
    try (var remote = new Remote()) {
      remote.at("/v1/orders", (exchange, _) -> Remote.send(exchange, 200, "{\"n\": 1}"));
      var tool = name("company_api");
      var body = json("{'template':'http_request'}").put("name", tool);
      body.putObject("implementation").put("url", remote.url() + "/v1/{resource}");
      platform.tool(platform.ada, body);
      var result = platform.test(platform.ada, tool, json("{'resource':'orders','open':true}"));
      assertThat(result.path("success").asBoolean()).as(result.toString()).isTrue();
      var request = remote.requests("/v1/orders").getFirst();
      assertThat(request.header("Accept")).isEqualTo("application/json");
    }
  }

  @Test
  void tools_are_listed_as_function_schemas_ready_to_paste() {
    var tool = name("weather");
    var body = function(tool, "def run(parameters, context):\n    return 1\n");
    platform.tool(platform.bob, body.put("category", "pasted"));
    var path = "/agents/tools?categories=pasted&format=";
    var openai = platform.get(platform.bob, path + "openai").as(200);
    assertThat(openai.path("count").asInt()).isEqualTo(1);
    assertThat(openai.path("tools").get(0))
        .isEqualTo(
            json(
                ("{'type':'function','function':{'name':'%s','description':'A tool of a test',"
                        + "'parameters':{'type':'object','properties':{}}}}")
                    .formatted(tool)));
    var anthropic = platform.get(platform.bob, path + "anthropic").as(200);
    assertThat(anthropic.path("tools").get(0))
        .isEqualTo(
            json(
                ("{'name':'%s','description':'A tool of a test',"
                        + "'input_schema':{'type':'object','properties':{}}}")
                    .formatted(tool)));
    assertThat(platform.get(platform.bob, path + "gemini").as(400).toString())
        .contains("openai", "anthropic");
  }
}
