package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.testing.ScriptedModel;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The official conformance suite of MCP against a fresh product with the conformance pack: tools,
/// prompts and resources that a user has made.
class McpConformanceTest {
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final Duration JUDGED_WITHIN = Duration.ofMinutes(4);
  private static final Duration PACKED_WITHIN = Duration.ofMinutes(1);

  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final Product PRODUCT = PRODUCTS.create(settings());
  private static Process proxy;
  private static String port;

  /// The suite's own servers are called by name.
  private static Map<String, String> settings() {
    var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
    settings.put("TOOLWRIGHT_EGRESS_ALLOW", "localhost,127.0.0.1,::1");
    return settings;
  }

  @BeforeAll
  static void install() throws Exception {
    NodeClients.install();
    PRODUCT.start();
    var token = PRODUCT.firstLogin("token");
    var server = PRODUCT.address().toString();
    NodeClients.run(
        PACKED_WITHIN,
        List.of(
            Product.directory().resolve("toolwright").toString(),
            "conformance-pack",
            "install",
            "--url",
            server,
            "--token",
            token));
    proxy =
        NodeClients.builder(List.of(NodeClients.program("node"), "auth-proxy.mjs", server, token))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    port =
        new BufferedReader(new InputStreamReader(proxy.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
  }

  @AfterAll
  static void close() {
    if (proxy != null) {
      proxy.destroyForcibly();
    }
    MODEL.close();
  }

  /// The scenarios that are not passed, and why, are in `client-expected-failures.yml`.
  @ParameterizedTest
  @ValueSource(strings = {"2025-11-25", "2026-07-28"})
  void the_suite_takes_the_product_for_a_client(String revision) throws Exception {
    var client =
        NodeClients.builder(
            List.of(
                NodeClients.program("conformance"),
                "client",
                "--command",
                "node as-client.mjs",
                "--requirements",
                revision,
                "--expected-failures",
                "client-expected-failures.yml"));
    client.environment().put("TOOLWRIGHT_URL", PRODUCT.address().toString());
    client.environment().put("TOOLWRIGHT_TOKEN", PRODUCT.firstLogin("token"));
    assertThat(NodeClients.run(JUDGED_WITHIN, client)).contains("Baseline check passed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2025-11-25", "2026-07-28"})
  void the_suite_passes(String revision) throws Exception {
    var said =
        NodeClients.run(
            JUDGED_WITHIN,
            List.of(
                NodeClients.program("conformance"),
                "server",
                "--url",
                "http://127.0.0.1:" + port + "/mcp",
                "--requirements",
                revision));
    // It ends with 1 when a scored scenario fails, which the run would not survive.
    assertThat(said).contains("Total: ");
  }
}
