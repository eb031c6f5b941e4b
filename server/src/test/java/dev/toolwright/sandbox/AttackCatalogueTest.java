package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Runs the attack catalogue and looks for effects: a file that appeared, a canary that was read, a
/// connection that was made, a process that stayed. Cases that could hurt a host whose sandbox
/// fails run with `-Dtoolwright.attacks=all` only. PY-35 and PY-36 attack fields of the HTTP API.
class AttackCatalogueTest {
  private static final Duration LIMIT = Duration.ofMillis(1500);
  private static final String CANARY = "CANARY-FILE-" + System.nanoTime();
  private static final AtomicInteger CONNECTIONS = new AtomicInteger();
  private static TestSandbox python;
  private static ServerSocket listener;
  private static Path canary;
  private static Path marks;

  @BeforeAll
  static void open() throws IOException {
    python = TestSandbox.open();
    canary = Files.writeString(python.folder().resolve("canary.txt"), CANARY);
    marks = Files.createDirectory(python.folder().resolve("marks"));
    Files.setPosixFilePermissions(marks, PosixFilePermissions.fromString("rwxrwxrwx"));
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.startVirtualThread(AttackCatalogueTest::count);
  }

  private static void count() {
    while (!listener.isClosed()) {
      try (var socket = listener.accept()) {
        CONNECTIONS.incrementAndGet();
        assertThat(socket.isConnected()).isTrue();
      } catch (SocketException e) {
        return;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @AfterAll
  static void close() throws IOException {
    python.close();
    listener.close();
  }

  @BeforeEach
  void forget() throws IOException {
    CONNECTIONS.set(0);
    try (var files = Files.list(marks)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("cases")
  void the_catalogue_has_no_effect_outside(
      String id, String title, String code, JsonNode parameters, String outcome, boolean okAllowed)
      throws Exception {
    if (id.equals("PY-11")) {
      assertThat(python.sandbox().parse(code)).isInstanceOf(PythonOutline.Parsed.class);
      assertNoEffect("");
    }
    var start = System.nanoTime();
    var result =
        python
            .sandbox()
            .run(
                new PythonCall(
                    "workspace_a",
                    "user_a",
                    code,
                    "main",
                    parameters,
                    Json.object(),
                    null,
                    null,
                    LIMIT));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT.plusSeconds(1));
    assertThat(result).as(title).isNotInstanceOf(FunctionResult.Refused.class);
    if (outcome.equals("limited") && !okAllowed) {
      assertThat(result).isNotInstanceOf(FunctionResult.Returned.class);
    }
    if (outcome.equals("ok")) {
      assertThat(result).isInstanceOf(FunctionResult.Returned.class);
    }
    assertNoEffect(result.toString());
    python.awaitNoChildren();
    python.assertOthersWork();
  }

  private static void assertNoEffect(String said) throws IOException {
    assertThat(marks).isEmptyDirectory();
    assertThat(CONNECTIONS).hasValue(0);
    assertThat(said)
        .doesNotContain(CANARY, "CONNECTED", "OPENED", "uid=")
        .doesNotContainPattern("(KEY|SECRET|TOKEN|PASSWORD|JDBC|DATABASE_URL)");
    assertThat(Path.of("/tmp/still_here")).doesNotExist();
  }

  static Stream<Arguments> cases() throws IOException {
    var all = "all".equals(System.getProperty("toolwright.attacks"));
    return rows().stream()
        .filter(row -> all || !row.path("run_in_throwaway_vm").asBoolean(false))
        .flatMap(AttackCatalogueTest::variants);
  }

  private static Stream<Arguments> variants(JsonNode row) {
    var codes = new ArrayList<>(List.of(row.path("payload").asString()));
    for (var variant : row.path("variants")) {
      codes.add(whole(variant.asString()));
    }
    var cases = new ArrayList<Arguments>();
    for (var code : codes) {
      for (var parameters : parameters(row.path("id").asString())) {
        cases.add(
            Arguments.of(
                row.path("id").asString(),
                row.path("title").asString(),
                filled(code),
                parameters,
                row.path("expect").path("outcome").asString(),
                row.path("expect").path("error_class").toString().contains("\"OK\"")));
      }
    }
    return cases.stream();
  }

  /// Some variants are a body or an expression only.
  private static String whole(String variant) {
    if (variant.contains("def main")) {
      return variant;
    }
    var last = variant.substring(variant.lastIndexOf(';') + 1).strip();
    var body =
        last.startsWith("return")
            ? variant
            : variant.substring(0, variant.length() - last.length()) + "return repr(" + last + ")";
    return "def main(**kw):\n    " + body + "\n";
  }

  private static List<JsonNode> parameters(String id) {
    return switch (id) {
      case "PY-20" -> List.of(mode("mode", "big"), mode("mode", "small"));
      case "PY-25" -> List.of(mode("mode", "wide"), mode("mode", "deep"));
      case "PY-26" -> List.of(mode("mode", "bytes"), mode("mode", "inodes"));
      case "PY-31" -> List.of(mode("phase", "write"), mode("phase", "read"));
      default -> List.of(Json.object());
    };
  }

  private static JsonNode mode(String name, String value) {
    return Json.object().put(name, value);
  }

  private static String filled(String code) {
    var port = Integer.toString(listener.getLocalPort());
    return code.replace("@@CANARY_FILE@@", canary.toString())
        .replace("@@PWN@@", marks.resolve("pwned").toString())
        .replace("@@SERVER_PORT@@", port)
        .replace("@@DB_PORT@@", port)
        .replace("@@SINK_IP@@", "127.0.0.1")
        .replace("@@SINK_PORT@@", port)
        .replace("@@SINK_DOMAIN@@", "sink.invalid")
        .replace("@@RUN_ID@@", "run_1");
  }

  private static List<JsonNode> rows() throws IOException {
    try (var in = AttackCatalogueTest.class.getResourceAsStream("/attacks/sandbox_python.jsonl")) {
      assertThat(in).isNotNull();
      var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().map(Json::stored).toList();
    }
  }

  private static String payload(String id) throws IOException {
    return rows().stream()
        .filter(row -> row.path("id").asString().equals(id))
        .map(row -> filled(row.path("payload").asString()))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PY-05", "PY-06", "PY-08", "PY-10", "PY-38"})
  void without_a_sandbox_the_canary_is_read(String id) throws Exception {
    assertThat(unconfined(id)).contains(CANARY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PY-01", "PY-11", "PY-13"})
  void without_a_sandbox_a_file_appears(String id) throws Exception {
    unconfined(id);
    assertThat(marks.resolve("pwned")).exists();
  }

  @Test
  void without_a_sandbox_the_environment_and_the_network_are_open() throws Exception {
    assertThat(unconfined("PY-03")).contains("canary-of-the-environment");
    assertThat(unconfined("PY-15")).contains("CONNECTED");
    // Who connects need not wait until somebody answers.
    await().until(() -> CONNECTIONS.get() > 0);
  }

  private static String unconfined(String id) throws IOException, InterruptedException {
    return PlainPython.run(
        "import sys\nspace = {}\nexec(sys.stdin.read(), space)\nprint(space['main']())",
        payload(id));
  }

  @Test
  void nothing_persists_between_calls_and_workspaces() throws Exception {
    var code = payload("PY-31");
    var kept = "import builtins\ndef main(**kw): return getattr(builtins, 'PERSIST', None)";
    for (var round = 0; round < 20; round++) {
      assertThat(phase("workspace_a", code, "write")).contains("value=[]");
      for (var reader : List.of("workspace_b", "workspace_a")) {
        // Reading the host's own sitecustomize.py, where it links outside, is refused.
        assertThat(phase(reader, code, "read")).doesNotContain("PERSIST-run_1");
        assertThat(phase(reader, kept, "read")).contains("value=null");
      }
    }
  }

  private static String phase(String workspace, String code, String phase)
      throws InterruptedException {
    var call = TestSandbox.call(workspace, code, "main", mode("phase", phase));
    return python.sandbox().run(call).toString();
  }

  @Test
  void legitimate_tools_get_their_exact_values() throws Exception {
    assertThat(Json.write(value("OK-01")))
        .isEqualTo("{\"p\":{\"x\":4},\"e\":\"A\",\"a\":2,\"m\":3}");
    var value = value("OK-03");
    assertThat(value.path("u").asString()).isEqualTo("héllo 😀 中");
    assertThat(value.path("n").asLong()).isEqualTo(1L << 53);
    assertThat(value.path("f").asDouble()).isEqualTo(0.1);
    assertThat(value.path("long").asString()).hasSize(100_000);
  }

  private static JsonNode value(String id) throws Exception {
    return ((FunctionResult.Returned)
            python
                .sandbox()
                .run(TestSandbox.call("workspace_a", payload(id), "main", Json.object())))
        .value();
  }
}
