package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.testing.ScriptedModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tools of the catalogue whose servers run in containers of a real engine: an MCP server that
/// others wrote, from npm.
@SuppressWarnings("NullAway.Init")
class ContainersTest {
  private static final String IMAGE = "localhost/toolwright-everything:1";
  private static final Duration SERVED_WITHIN = Duration.ofSeconds(60);

  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final ScriptedModel MODEL = new ScriptedModel();
  private static Podman podman;
  private static Product product;

  @BeforeAll
  static void start() throws Exception {
    NodeClients.install();
    podman = Podman.start();
    var server = NodeClients.packages("mcp-server");
    podman.load(
        IMAGE,
        "sh %s %s %s"
            .formatted(
                Path.of("mcp-server/rootfs.sh").toAbsolutePath(),
                NodeClients.program("node"),
                server),
        List.of(
            "WORKDIR /app",
            "CMD [\"/bin/node\",\"node_modules/@modelcontextprotocol/server-everything/dist/index.js\",\"streamableHttp\"]"));
    var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
    settings.remove("TOOLWRIGHT_EGRESS_ALLOW"); // containers need no way past the rules
    settings.put("TOOLWRIGHT_CONTAINER_ENGINE", podman.socket());
    product = PRODUCTS.create(settings).start();
  }

  @AfterAll
  static void close() {
    MODEL.close();
    if (podman != null) {
      podman.close();
    }
  }

  private static ObjectNode served(String name, String image) {
    var tool =
        Api.object().put("name", name).put("type", "mcp").put("description", "A served tool");
    tool.put("category", "data")
        .put("transport", "http")
        .put("endpoint", "http://localhost:3100/mcp");
    tool.put("dockerImage", image).put("port", 3100);
    tool.putObject("environment").put("SESAME", "sesame-" + name + "-77812");
    var schema = tool.putObject("schema");
    var input = schema.putObject("inputSchema").put("type", "object");
    input.putObject("properties").putObject("message").put("type", "string");
    schema.putObject("outputSchema");
    return tool;
  }

  private static String made(String name, String image) {
    return product.api().post("/tools", served(name, image)).as(201).path("_id").asString();
  }

  private static JsonNode tool(String id) {
    return product.api().get("/tools/" + id).ok();
  }

  private static JsonNode running(String id) {
    await()
        .atMost(SERVED_WITHIN)
        .untilAsserted(() ->
            assertThat(tool(id).path("lastHealthCheck").isString()).as("%s", tool(id)).isTrue());
    return tool(id);
  }

  private static String inspect(String containerId, String format) throws Exception {
    return podman.run("inspect", "--format", format, containerId).strip();
  }

  @Test
  void an_agent_uses_a_tool_in_a_container_through_the_death_of_the_server() throws Exception {
    var id = made("echo", IMAGE);
    var shown = running(id);
    assertThat(shown.path("status").asString()).isEqualTo("active");
    assertThat(shown.path("endpoint").asString()).isEqualTo("http://localhost:3100/mcp");
    var container = shown.path("containerId").asString();

    assertThat(
            inspect(
                container,
                "{{.HostConfig.Privileged}} {{.HostConfig.ReadonlyRootfs}} {{.Config.User}}"))
        .isEqualTo("false true 65534:65534");
    assertThat(inspect(container, "{{.EffectiveCaps}} {{len .Mounts}}")).isEqualTo("[] 0");
    assertThat(inspect(container, "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}"))
        .isEqualTo("536870912 256");
    var health = product.api().get("/tools/" + id + "/health?logs=10").ok();
    assertThat(health.path("container").path("logs").toString()).contains("listening on port 3100");

    var api = product.api();
    var agent = api.agent("Caller", "echo");
    var job =
        api.execute(
            agent,
            """
            CALL echo {"message": "one"}
            ---
            SLOW 1500
            CALL echo {"message": "two"}
            ---
            SAY It said <<last_tool_result>>
            """);
    await().until(() -> MODEL.count() == 2);
    product.kill9();
    assertThat(inspect(container, "{{.State.Running}}")).isEqualTo("true");
    product.start();
    var ended = product.api().end(job);
    assertThat(ended.path("status").asString()).as("%s", ended).isEqualTo("completed");
    assertThat(ended.path("result").path("response").asString()).contains("Echo: two");
    await()
        .untilAsserted(
            () -> assertThat(tool(id).path("containerId").asString()).isEqualTo(container));

    // While the engine is away its containers are used, and nothing else is.
    podman.leave();
    var lost = made("get-sum", IMAGE);
    await()
        .atMost(SERVED_WITHIN)
        .untilAsserted(() ->
            assertThat(tool(lost).path("statusMessage").asString(""))
                .isEqualTo("The container engine does not answer"));
    assertThat(product.api().post("/tools/" + id + "/execute", arguments("alone")).text())
        .contains("Echo: alone");
    podman.comeBack();
    running(lost);
    product.api().delete("/tools/" + lost).ok();

    // One that dies is started again.
    podman.run("kill", container);
    await()
        .atMost(SERVED_WITHIN)
        .untilAsserted(() -> {
          var called = product.api().post("/tools/" + id + "/execute", arguments("three"));
          assertThat(called.text()).contains("Echo: three");
        });

    // Another environment is another container.
    var changed = Api.object();
    changed.putObject("environment").put("SESAME", "another");
    assertThat(product.api().patch("/tools/" + id, changed).ok().path("endpoint").asString())
        .isEqualTo("http://localhost:3100/mcp");
    await()
        .atMost(SERVED_WITHIN)
        .untilAsserted(() ->
            assertThat(tool(id).path("containerId").asString(container)).isNotEqualTo(container));

    product.api().delete("/tools/" + id + "?force=true").ok();
    await()
        .atMost(SERVED_WITHIN)
        .untilAsserted(() ->
            assertThat(
                    podman.run(
                        "ps",
                        "--all",
                        "--quiet",
                        "--filter",
                        "label=dev.toolwright.tool=tool_" + id))
                .isBlank());
  }

  private static ObjectNode arguments(String message) {
    var body = Api.object();
    body.putObject("parameters").put("message", message);
    return body;
  }

  @Test
  void an_image_that_cannot_be_had_is_said_so() {
    var id = made("missing", "localhost/nobody/has-this:1");
    await()
        .atMost(SERVED_WITHIN)
        .untilAsserted(() -> assertThat(tool(id).path("status").asString()).isEqualTo("error"));
    assertThat(tool(id).path("statusMessage").asString())
        .isEqualTo(
            "The image localhost/nobody/has-this:1 is not on this machine and cannot be pulled");
  }

  @Test
  void an_image_of_a_member_waits_for_an_admin() {
    var user = Api.object().put("username", "mia").put("role", "member");
    user.put("password", "a-long-password-81").put("scope", 0);
    product.api().post("/api/users", user).as(201);
    var signIn = Api.object().put("username", "mia").put("password", "a-long-password-81");
    var token = product.api().post("/auth/login", signIn).ok().path("accessToken").asString();
    var id =
        product.api(token).post("/tools", served("get-sum", IMAGE)).as(201).path("_id").asString();
    await()
        .atMost(SERVED_WITHIN)
        .untilAsserted(() -> assertThat(tool(id).path("status").asString()).isEqualTo("error"));
    assertThat(tool(id).path("statusMessage").asString()).contains("needs approval");
    assertThat(tool(id).has("containerId")).isFalse();

    product.api().patch("/tools/" + id, Api.object().put("status", "active")).ok();
    assertThat(running(id).path("containerId").asString()).isNotEmpty();
    product.api().patch("/tools/" + id, Api.object().put("status", "inactive")).ok();
    await()
        .atMost(SERVED_WITHIN)
        .untilAsserted(() -> assertThat(tool(id).has("containerId")).isFalse());
  }
}
