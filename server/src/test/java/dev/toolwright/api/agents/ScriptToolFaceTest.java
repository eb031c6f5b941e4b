package dev.toolwright.api.agents;

import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.TestPlatform;
import dev.toolwright.json.Json;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// JavaScript and TypeScript tools on the Agents face, on the whole server.
@SuppressWarnings("NullAway.Init")
class ScriptToolFaceTest {
  private static TestPlatform platform;

  @BeforeAll
  static void open() {
    platform = new TestPlatform();
  }

  @AfterAll
  static void close() {
    platform.close();
  }

  private static ObjectNode tool(String language, String code, @Nullable String function) {
    var tool = Json.object().put("name", name("script")).put("tool_type", "function");
    tool.putObject("implementation")
        .put("language", language)
        .put("code", code)
        .put("function_name", function);
    tool.putObject("parameters_schema").put("type", "object");
    return tool.put("description", "A tool of a test");
  }

  @Test
  void a_javascript_tool_is_saved_shown_and_called() {
    var code = "console.log('called');\nreturn {sum: params.a + params.b, who: context.user_id};";
    var id = platform.tool(platform.ada, tool("javascript", code, null));
    var answer = platform.test(platform.ada, id, Json.object().put("a", 1).put("b", 2));
    assertThat(answer.toString()).contains("\"sum\":3", platform.ada.caller().userId());
    var shown =
        platform
            .get(platform.ada, "/agents/tools/" + id)
            .as(200)
            .path("tool")
            .path("implementation");
    assertThat(shown.path("language").asString()).isEqualTo("javascript");
    assertThat(shown.path("code").asString()).isEqualTo(code);
  }

  @Test
  void a_typescript_tool_keeps_its_source_and_runs_compiled() {
    var code =
        """
        interface In { n: number }
        function main(p: In): number {
          return p.n * 2 as number;
        }
        """;
    var id = platform.tool(platform.ada, tool("typescript", code, "main"));
    assertThat(platform.test(platform.ada, id, Json.object().put("n", 21)).toString())
        .contains("42");
    var shown =
        platform
            .get(platform.ada, "/agents/tools/" + id)
            .as(200)
            .path("tool")
            .path("implementation");
    assertThat(shown.path("code").asString()).isEqualTo(code);
    assertThat(shown.has("compiled")).isFalse();
  }

  @Test
  void a_fault_in_the_code_is_told_with_its_place() {
    var broken =
        platform.post(
            platform.ada,
            "/agents/tools/create",
            tool("javascript", "const a = 1;\nlet b = ;", null));
    assertThat(broken.status()).isEqualTo(400);
    assertThat(broken.text()).contains("line 2, column 9");
    var unnamed =
        platform.post(
            platform.ada, "/agents/tools/create", tool("javascript", "return 1", "missing"));
    assertThat(unnamed.status()).isEqualTo(400);
    assertThat(unnamed.text()).contains("implementation.function_name is not defined");
  }

  @Test
  void a_failing_tool_tells_the_error() {
    var id =
        platform.tool(platform.ada, tool("javascript", "throw new RangeError('too far')", null));
    assertThat(platform.test(platform.ada, id, Json.object()).toString())
        .contains("RangeError: too far");
  }
}
