package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.NewUser;
import dev.toolwright.account.Role;
import dev.toolwright.audit.Audit;
import dev.toolwright.database.Database;
import dev.toolwright.testing.EffectSink;
import dev.toolwright.testing.ScriptedModel;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// What people and tools do to a server that they should not: each gets a clear error in time, and
/// somebody else's call, at the same time and afterwards, is as ever.
class HostileToolsTest {
  @RegisterExtension private static final SharedDatabase DATABASE = new SharedDatabase();
  @RegisterExtension private static final Products PRODUCTS = new Products();

  private static final Duration UNAFFECTED = Duration.ofSeconds(3);
  private static final int TIMEOUT_MS = 1_500;
  private static final ScriptedModel MODEL = new ScriptedModel();
  private static final EffectSink SINK = new EffectSink();
  private static Product product = PRODUCTS.create(Map.of());
  private static Api hostile = product.api("");
  private static Api other = hostile;

  @BeforeAll
  static void start_with_two_users() throws Exception {
    var settings = new HashMap<>(Product.settings(MODEL.baseUrl()));
    settings.put("TOOLWRIGHT_DATABASE_URL", DATABASE.url());
    product = PRODUCTS.create(settings).start();
    hostile = product.api();
    other = product.api(tokenOfAnotherWorkspace());
    other.pythonTool("greet", "def greet(parameters, context):\n    return 'Hello'\n", 5_000);
    await().until(() -> greets());
  }

  private static String tokenOfAnotherWorkspace() throws InterruptedException {
    try (var database = Database.open(DATABASE.address(), 2)) {
      var accounts = new Accounts(database, new Audit(), Clock.systemUTC());
      var workspace = database.inTx(tx -> accounts.createWorkspace(tx, "other"));
      var user =
          accounts.createUser(new NewUser(workspace, "other", null, Role.MEMBER, 1, Set.of()));
      return database.inTx(tx -> accounts.issue(tx, user, "test", null)).token();
    }
  }

  @AfterAll
  static void close() {
    MODEL.close();
    SINK.close();
  }

  /// @param type of the error that is shown
  /// @param says part of its sentence
  record Attack(String name, String code, String type, String says) {
    Arguments argument() {
      return Arguments.argumentSet(name, this);
    }
  }

  static Stream<Arguments> attacks() {
    return Stream.of(
            new Attack("loops", "while True: pass", "timeout", "within 1.5 s"),
            new Attack(
                "allocates",
                "return len([bytearray(1 << 26) for _ in range(200)])",
                "execution_error",
                "more memory"),
            new Attack(
                "forks", "import os\n    return os.fork()", "execution_error", "PermissionError"),
            new Attack(
                "forks_forever",
                "import os\n    while True:\n        try: os.fork()\n        except OSError: pass",
                "timeout",
                "within 1.5 s"),
            new Attack(
                "reads_files",
                "return open('/etc/passwd').read()",
                "execution_error",
                "PermissionError"),
            new Attack(
                "reads_the_environment",
                "return open('/proc/1/environ').read()",
                "execution_error",
                "PermissionError"),
            new Attack(
                "opens_sockets",
                "import socket\n    return str(socket.create_connection(('127.0.0.1', %d), 2))"
                    .formatted(SINK.baseUrl().getPort()),
                "execution_error",
                "PermissionError"),
            new Attack(
                "starts_programs",
                "import subprocess\n    return subprocess.run(['id'])",
                "execution_error",
                "PermissionError"),
            new Attack("exits", "import os\n    os._exit(0)", "execution_error", "gave no result"),
            new Attack("returns_what_is_no_json", "return object()", "execution_error", "no JSON"),
            new Attack(
                "returns_a_gigabyte", "return 'x' * (1 << 30)", "execution_error", "more memory"),
            new Attack(
                "recurses",
                "def f(n): return f(n + 1)\n    return f(0)",
                "execution_error",
                "RecursionError"))
        .map(Attack::argument);
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void a_tool_that_misbehaves_fails_in_time_and_harms_nobody_else(Attack attack) {
    var body = "def attack(parameters, context):\n    " + attack.code() + "\n";
    hostile.pythonTool(attack.name(), body, TIMEOUT_MS);
    var answer = whileAnotherCalls(attack.name());
    assertThat(answer.path("success").asBoolean()).as("%s", answer).isFalse();
    assertThat(answer.path("error_type").asString()).isEqualTo(attack.type());
    assertThat(answer.path("error").asString()).as("%s", answer).contains(attack.says());
    assertThat(answer.toString()).doesNotContain("root:", "PATH=").hasSizeLessThan(200_000);
  }

  @Test
  void a_tool_that_forges_its_result_is_not_believed() {
    hostile.pythonTool(
        "forge",
        """
        import os

        def forge(parameters, context):
            line = b'{"ok": true, "value": "forged", "result": "forged", "returned": "forged"}\\n'
            for descriptor in range(0, 64):
                try:
                    os.write(descriptor, line)
                except OSError:
                    pass
            return "true"
        """,
        TIMEOUT_MS);
    var answer = whileAnotherCalls("forge");
    assertThat(answer.path("result").asString("")).isIn("", "true");
  }

  @Test
  void a_tool_that_prints_a_gigabyte_gets_a_part_of_it_logged() {
    hostile.pythonTool(
        "chatter",
        """
        def chatter(parameters, context):
            for _ in range(1024):
                print("x" * (1 << 20))
            return "done"
        """,
        10_000);
    var answer = whileAnotherCalls("chatter");
    assertThat(answer.path("logs").toString()).contains("xxx").hasSizeLessThan(1_000_000);
  }

  @Test
  void an_http_tool_reaches_no_metadata_service() {
    hostile.httpTool(
        "metadata", "GET", "http://169.254.169.254/latest/meta-data", true, TIMEOUT_MS);
    var answer = whileAnotherCalls("metadata");
    assertThat(answer.path("error_type").asString()).isEqualTo("permission_error");
  }

  @Test
  void an_http_tool_does_not_wait_for_ever_for_a_service_that_hangs() {
    hostile.httpTool("hang", "PUT", SINK.baseUrl() + "/hang?hang", true, TIMEOUT_MS);
    var answer = whileAnotherCalls("hang");
    assertThat(answer.path("error_type").asString()).isEqualTo("timeout");
  }

  @Test
  void a_service_that_hangs_over_what_must_not_happen_twice_leaves_the_outcome_unknown() {
    hostile.httpTool("hang_once", "POST", SINK.baseUrl() + "/once?hang", false, TIMEOUT_MS);
    var answer = whileAnotherCalls("hang_once");
    assertThat(answer.path("error_type").asString()).isEqualTo("outcome_unknown");
    assertThat(SINK.count("/once", SINK.effects().getLast().key())).isEqualTo(1);
  }

  @Test
  void a_request_that_is_wrong_is_told_what_is_wrong_with_it() {
    assertThat(product.api("tw_" + "0".repeat(64)).get("/agents/list").status()).isEqualTo(401);
    assertThat(product.api("").get("/agents/list").status()).isEqualTo(401);
    var malformed = hostile.postText("/agents/execute", "{\"agent_id\": ");
    assertThat(malformed.status()).isEqualTo(400);
    assertThat(malformed.json().path("requestId").asString()).isNotBlank();
    var unknown = hostile.execute(Api.task("asst_000000000000000000000000", "SAY Hello"));
    assertThat(unknown.status()).isEqualTo(404);
    var fault = hostile.test("word_count", Api.object().put("text", 1).put("more", true));
    assertThat(fault.status()).isEqualTo(422);
    assertThat(fault.json().path("message").toString()).contains("more");
    var foreign = hostile.test("greet", Api.object());
    assertThat(foreign.status()).isEqualTo(404);
    var huge =
        hostile.postText("/agents/execute", "{\"message\": \"" + "x".repeat(20 << 20) + "\"}");
    assertThat(huge.status()).isEqualTo(413);
    assertThat(greets()).isTrue();
  }

  /// Calls a tool while and after another user calls theirs, which must not notice.
  private static JsonNode whileAnotherCalls(String tool) {
    var started = System.nanoTime();
    var call = CompletableFuture.supplyAsync(() -> hostile.test(tool, Api.object()).ok());
    do {
      var asked = System.nanoTime();
      assertThat(greets()).isTrue();
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(UNAFFECTED);
    } while (!call.isDone());
    var answer = call.join();
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(15));
    assertThat(greets()).isTrue();
    return answer;
  }

  private static boolean greets() {
    var answer = other.test("greet", Api.object()).ok();
    return answer.path("result").asString("").equals("Hello");
  }
}
