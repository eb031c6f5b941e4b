package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A sandbox in a folder that the worker user can reach, and short ways to call it.
record TestSandbox(Path folder, Sandbox sandbox) implements AutoCloseable {
  static final String ECHO = "def run(parameters, context):\n    return parameters\n";

  static TestSandbox open() throws IOException {
    return open(4);
  }

  static TestSandbox open(int places) throws IOException {
    var folder = reachableFolder();
    var sandbox = Sandbox.open(new SandboxSettings(folder.resolve("own"), null, places));
    assertThat(tested(sandbox))
        .returns(SandboxStatus.State.READY, s -> s.state())
        .returns("", s -> s.howToFix());
    return new TestSandbox(folder, sandbox);
  }

  /// With an interpreter that, before it starts, does what a line of shell says.
  static TestSandbox openWith(Path folder, String line) throws IOException {
    var python = SlowPython.in(folder, line);
    return new TestSandbox(
        folder, Sandbox.open(new SandboxSettings(folder.resolve("own"), python.toString(), 4)));
  }

  /// A folder that the worker user can reach.
  static Path reachableFolder() throws IOException {
    var folder = Files.createTempDirectory("toolwright-sandbox-test");
    return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static SandboxStatus tested(Sandbox sandbox) {
    try {
      return sandbox.awaitTested(Duration.ofSeconds(20));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static PythonCall call(String workspace, String code, @Nullable String function, JsonNode given) {
    return new PythonCall(
        workspace,
        "user_a",
        code,
        function,
        given,
        Json.object(),
        null,
        null,
        Duration.ofSeconds(10));
  }

  FunctionResult run(String code) throws InterruptedException {
    return run(code, Json.object());
  }

  FunctionResult run(String code, JsonNode parameters) throws InterruptedException {
    return sandbox.run(call("workspace_a", code, null, parameters));
  }

  FunctionResult run(String code, Duration timeout) throws InterruptedException {
    return run("user_a", code, timeout);
  }

  FunctionResult run(String user, String code, Duration timeout) throws InterruptedException {
    return sandbox.run(
        new PythonCall(
            "workspace_a", user, code, null, Json.object(), Json.object(), null, null, timeout));
  }

  JsonNode value(String code, JsonNode parameters) throws InterruptedException {
    var result = run(code, parameters);
    assertThat(result).isInstanceOf(FunctionResult.Returned.class);
    return ((FunctionResult.Returned) result).value();
  }

  JsonNode value(String code) throws InterruptedException {
    return value(code, Json.object());
  }

  FunctionResult.Raised raised(String code) throws InterruptedException {
    var result = run(code);
    assertThat(result).isInstanceOf(FunctionResult.Raised.class);
    return (FunctionResult.Raised) result;
  }

  FunctionResult.Stopped stopped(String code) throws InterruptedException {
    var result = run(code);
    assertThat(result).isInstanceOf(FunctionResult.Stopped.class);
    return (FunctionResult.Stopped) result;
  }

  /// Waits until no call is executing: the worker has at most the one child that waits for work.
  void awaitNoChildren() {
    await()
        .atMost(Duration.ofSeconds(2))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> children() <= 1);
  }

  /// Waits until a call is executing.
  void awaitRunning() {
    await().atMost(Duration.ofSeconds(5)).until(() -> children() >= 2);
  }

  private long children() throws IOException {
    var pid = sandbox.workerPid();
    var text = Files.readString(Path.of("/proc/" + pid + "/task/" + pid + "/children")).strip();
    return text.isEmpty() ? 0 : text.split(" ", -1).length;
  }

  void assertOthersWork() throws InterruptedException {
    var given = Json.object().put("n", 7);
    assertThat(sandbox.run(call("workspace_other", ECHO, null, given)))
        .isInstanceOfSatisfying(
            FunctionResult.Returned.class, r -> assertThat(r.value()).isEqualTo(given));
  }

  @Override
  public void close() {
    sandbox.close();
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
