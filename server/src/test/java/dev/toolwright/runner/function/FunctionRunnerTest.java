package dev.toolwright.runner.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.toolwright.account.Caller;
import dev.toolwright.account.Role;
import dev.toolwright.connection.Credentials;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.definition.Visibility;
import dev.toolwright.egress.Egress;
import dev.toolwright.egress.EgressPolicy;
import dev.toolwright.egress.Resolver;
import dev.toolwright.http.Problem;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.sandbox.JavaScript;
import dev.toolwright.sandbox.JavaScriptSettings;
import dev.toolwright.sandbox.Sandbox;
import dev.toolwright.sandbox.SandboxSettings;
import dev.toolwright.sandbox.SlowPython;
import dev.toolwright.tool.Config;
import dev.toolwright.tool.Invocation;
import dev.toolwright.tool.Outcome;
import dev.toolwright.tool.Tool;
import dev.toolwright.vault.Vault;
import dev.toolwright.vault.VaultRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FunctionRunnerTest {
  private static final Config CONFIG =
      new Config.Function("python", "def run(p, c):\n  return 1\n", "run", null, null, null);
  private static final TestDatabase database = TestDatabase.fresh();
  private static final Egress egress = new Egress(EgressPolicy.publicOnly(), Resolver.system());

  @TempDir private static Path keys = Path.of("");
  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void close() {
    egress.close();
    database.close();
  }

  @BeforeEach
  void let_the_worker_reach_its_files() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static final Caller ANN = new Caller("w", "u", "ann", Role.MEMBER, 1, Set.of());

  private Sandbox sandbox(String python) {
    return Sandbox.open(new SandboxSettings(folder.resolve("own"), python, 4));
  }

  private JavaScript javaScript() {
    return JavaScript.open(
        new JavaScriptSettings(
            folder.resolve("js"), folder.resolve("none"), 0, 0, JavaScriptSettings.IDLE));
  }

  private static FunctionRunner runner(Sandbox sandbox, JavaScript javaScript) throws VaultRefused {
    var credentials = new Credentials(Vault.open(keys, database.database()));
    return new FunctionRunner(sandbox, javaScript, egress, credentials, database.database());
  }

  @Test
  void while_the_sandbox_starts_saving_and_calling_are_to_be_tried_again() throws Exception {
    var python = SlowPython.in(folder, "while true; do sleep 0.05; done");
    try (var sandbox = sandbox(python.toString());
        var javaScript = javaScript()) {
      var runner = runner(sandbox, javaScript);
      assertThatThrownBy(() -> runner.check(ANN, CONFIG, Fields.of(Json.object())))
          .isInstanceOfSatisfying(
              Problem.class,
              p ->
                  assertThat(p)
                      .returns(Problem.Kind.UNAVAILABLE, Problem::kind)
                      .returns(Duration.ofSeconds(1), Problem::retryAfter));
      assertThat(runner.run(call())).isInstanceOf(Outcome.Limited.class);
    }
  }

  @Test
  void a_machine_that_cannot_confine_is_a_fault_of_what_is_saved() throws Exception {
    try (var sandbox = sandbox("/nonexistent/python3");
        var javaScript = javaScript()) {
      var runner = runner(sandbox, javaScript);
      var in = Fields.of(Json.object());
      runner.check(ANN, CONFIG, in);
      assertThatThrownBy(in::finish)
          .hasMessageStartingWith("implementation.code cannot be checked");
      assertThat(runner.run(call())).isInstanceOf(Outcome.Failed.class);
    }
  }

  private static Invocation call() {
    var schema = Json.object();
    var content =
        new Tool.Content(
            null, "", "", CONFIG, schema, null, CONFIG.defaultBehavior(), 10_000, false);
    var now = Instant.EPOCH;
    var tool = new Tool("w", "tool_1", 1, "one", content, "u", "ann", Visibility.PRIVATE, now, now);
    return new Invocation(
        ANN,
        tool,
        Json.object(),
        Json.object(),
        Duration.ofMillis(200),
        "key",
        _ -> {},
        null,
        null);
  }
}
