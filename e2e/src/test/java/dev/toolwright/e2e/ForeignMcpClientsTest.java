package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.testing.ScriptedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// MCP clients that others wrote, in Node.js, list and call the tools of a fresh product.
class ForeignMcpClientsTest {
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final Duration SAID_WITHIN = Duration.ofSeconds(60);

  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final Product PRODUCT = PRODUCTS.create(Product.settings(MODEL.baseUrl()));

  @BeforeAll
  static void install_the_clients() throws Exception {
    NodeClients.install();
    PRODUCT.start();
  }

  @AfterAll
  static void close() {
    MODEL.close();
  }

  @Test
  void the_first_sdk_lists_and_calls_tools_in_a_revision_with_a_handshake() throws Exception {
    var report = report("sdk-v1.mjs");
    assertThat(report.path("revision").asString()).isEqualTo("2025-11-25");
    check(report);
    assertThat(report.path("wrongToken").path("code").asInt()).isEqualTo(401);
  }

  @Test
  void the_second_client_negotiates_the_stateless_revision() throws Exception {
    var report = report("client-v2.mjs", "auto");
    assertThat(report.path("revision").asString()).isEqualTo("2026-07-28");
    check(report);
    assertThat(report.path("wrongToken").path("message").asString()).contains("401");
  }

  @Test
  void the_second_client_still_gets_its_handshake() throws Exception {
    var report = report("client-v2.mjs", "legacy");
    assertThat(report.path("revision").asString()).isEqualTo("2025-11-25");
    check(report);
  }

  @Test
  void the_bridge_of_desktop_hosts_passes_everything_on() throws Exception {
    check(report("mcp-remote.mjs"));
  }

  @Test
  void the_ai_sdk_gives_the_tools_to_its_models() throws Exception {
    var report = report("ai-sdk.mjs");
    assertThat(report.path("tools"))
        .extracting(JsonNode::asString)
        .contains("calculator", "word_count");
    assertThat(report.at("/called/structuredContent/words").asInt()).isEqualTo(4);
  }

  @Test
  void langchain_gives_the_tools_to_its_models() throws Exception {
    var report = report("langchain.mjs");
    assertThat(report.path("tools"))
        .extracting(JsonNode::asString)
        .contains("calculator", "word_count");
    assertThat(report.at("/called/structuredContent/words").asInt()).isEqualTo(4);
    assertThat(report.path("refused").asString()).contains("did not match");
  }

  @Test
  void the_inspector_lists_and_calls_tools_from_the_command_line() throws Exception {
    var listed = inspected("--method", "tools/list");
    assertThat(listed.path("tools").valueStream().map(tool -> tool.path("name").asString()))
        .contains("calculator", "word_count");
    var called =
        inspected(
            "--method",
            "tools/call",
            "--tool-name",
            "word_count",
            "--tool-arg",
            "text=to be or not");
    assertThat(called.at("/structuredContent/words").asInt()).isEqualTo(4);
  }

  private static JsonNode inspected(String... more) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                NodeClients.program("mcp-inspector"),
                "--cli",
                PRODUCT.address() + "/mcp",
                "--transport",
                "http",
                "--header",
                "Authorization: Bearer " + PRODUCT.firstLogin("token")));
    command.addAll(List.of(more));
    return Api.JSON.readTree(NodeClients.run(SAID_WITHIN, command));
  }

  private static JsonNode report(String script, String... more) throws Exception {
    var command = new ArrayList<>(List.of(NodeClients.program("node"), script));
    command.addAll(List.of(PRODUCT.address().toString(), PRODUCT.firstLogin("token")));
    command.addAll(List.of(more));
    return Api.JSON.readTree(NodeClients.run(SAID_WITHIN, command));
  }

  /// What must hold whatever the client and the revision.
  private static void check(JsonNode report) throws IOException {
    assertThat(report.path("node").asString()).startsWith("24.");
    assertThat(report.path("server").path("name").asString()).isEqualTo("toolwright");
    assertThat(report.path("server").path("version").asString())
        .isEqualTo(Files.readString(Product.directory().resolve("VERSION")).strip());
    assertThat(report.path("tools").valueStream().map(tool -> tool.path("name").asString()))
        .containsExactly("calculator", "read_artifact", "days_between", "word_count");
    var wordCount = report.path("tools").path(3);
    assertThat(wordCount.path("inputSchema").path("required").toString()).isEqualTo("[\"text\"]");
    assertThat(wordCount.path("annotations").path("readOnlyHint").asBoolean()).isTrue();
    var called = report.path("called");
    assertThat(called.path("isError").asBoolean()).isFalse();
    assertThat(called.path("structuredContent").path("words").asInt()).isEqualTo(4);
    assertThat(Api.JSON.readTree(called.path("content").path(0).path("text").asString()))
        .isEqualTo(called.path("structuredContent"));
    var bad = report.path("badArgument");
    assertThat(bad.path("isError").asBoolean()).isTrue();
    assertThat(bad.path("content").path(0).path("text").asString())
        .contains("text array found, string expected", "{\"text\":");
    assertThat(report.path("unknownTool").path("code").asInt()).isEqualTo(-32602);
    assertThat(report.path("unknownTool").path("message").asString()).contains("no_such_tool");
    assertThat(report.path("wrongToken").isNull()).isFalse();
  }
}
