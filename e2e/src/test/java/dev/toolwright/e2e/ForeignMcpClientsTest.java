package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.toolwright.testing.ScriptedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/// MCP clients that others wrote, in Node.js, list and call the tools of a fresh product.
class ForeignMcpClientsTest {
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final Path SOURCES = Path.of("mcp-clients").toAbsolutePath();
  private static final Path CLIENTS = Path.of("target/mcp-clients").toAbsolutePath();
  private static final Duration INSTALLED_WITHIN = Duration.ofMinutes(3);
  private static final Duration SAID_WITHIN = Duration.ofSeconds(60);

  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final Product PRODUCT = PRODUCTS.create(Product.settings(MODEL.baseUrl()));

  @BeforeAll
  static void install_the_clients() throws Exception {
    if (!isOnPath("npm")) {
      System.out.println("npm is not installed: the foreign MCP clients were not tried");
    }
    assumeTrue(isOnPath("npm"), "npm is not installed");
    Files.createDirectories(CLIENTS);
    for (var file : List.of("package.json", "report.mjs", "sdk-v1.mjs", "client-v2.mjs")) {
      copy(file);
    }
    if (copy("package-lock.json")
        || Files.notExists(CLIENTS.resolve("node_modules/.package-lock.json"))) {
      run(INSTALLED_WITHIN, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error");
    }
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

  private static JsonNode report(String script, String... more) throws Exception {
    var command = new ArrayList<>(List.of(CLIENTS.resolve("node_modules/.bin/node").toString()));
    command.addAll(List.of(script, PRODUCT.address().toString(), PRODUCT.firstLogin("token")));
    command.addAll(List.of(more));
    return Api.JSON.readTree(run(SAID_WITHIN, command.toArray(String[]::new)));
  }

  /// What the command printed, when it succeeded in time.
  private static String run(Duration within, String... command) throws Exception {
    var output = Files.createTempFile(CLIENTS, "output", "");
    var errors = Files.createTempFile(CLIENTS, "errors", "");
    var process =
        new ProcessBuilder(command)
            .directory(CLIENTS.toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    try {
      assertThat(process.waitFor(within.toSeconds(), TimeUnit.SECONDS))
          .as("%s within %s: %s", List.of(command), within, Files.readString(errors))
          .isTrue();
      assertThat(process.exitValue())
          .as("%s: %s%s", List.of(command), Files.readString(output), Files.readString(errors))
          .isEqualTo(0);
      return Files.readString(output, StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
      Files.deleteIfExists(errors);
    }
  }

  /// Whether the file was new or changed.
  private static boolean copy(String name) throws IOException {
    var from = SOURCES.resolve(name);
    var to = CLIENTS.resolve(name);
    if (Files.exists(to) && Files.mismatch(from, to) < 0) {
      return false;
    }
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    return true;
  }

  private static boolean isOnPath(String program) {
    return List.of(System.getenv("PATH").split(":", -1)).stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory).resolve(program)));
  }
}
