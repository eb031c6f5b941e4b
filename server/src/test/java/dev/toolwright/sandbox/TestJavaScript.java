package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

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

/// A JavaScript sandbox in a folder that the worker user can reach, and short ways to call it.
record TestJavaScript(Path folder, JavaScript sandbox) implements AutoCloseable {
  static final Duration LONG = Duration.ofSeconds(30);

  static TestJavaScript open() throws IOException {
    return open(3, JavaScriptSettings.IDLE);
  }

  static TestJavaScript open(int workers, Duration idle) throws IOException {
    var folder = Files.createTempDirectory("toolwright-javascript-test");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new TestJavaScript(
        folder,
        JavaScript.open(
            new JavaScriptSettings(folder.resolve("own"), libraries(), 4, workers, idle)));
  }

  static Path libraries() {
    return Path.of(System.getProperty("toolwright.sandbox.lib"));
  }

  static JsCall call(
      String workspace, String code, @Nullable String function, JsonNode given, Duration timeout) {
    return new JsCall(
        workspace, "user_a", code, function, null, given, Json.object(), null, timeout);
  }

  FunctionResult run(String code) throws InterruptedException {
    return run(code, Json.object(), LONG);
  }

  FunctionResult run(String code, JsonNode parameters, Duration timeout)
      throws InterruptedException {
    return sandbox.run(call("workspace_a", code, null, parameters, timeout));
  }

  static JsonNode value(FunctionResult result) {
    assertThat(result).isInstanceOf(FunctionResult.Returned.class);
    return ((FunctionResult.Returned) result).value();
  }

  /// What the body returns, as JSON text.
  String value(String body) throws InterruptedException {
    return Json.write(value(run(body)));
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

  JsOutline.Valid valid(JsOutline outline) {
    assertThat(outline).isInstanceOf(JsOutline.Valid.class);
    return (JsOutline.Valid) outline;
  }

  void assertWorks(String workspace) throws InterruptedException {
    var given = Json.object().put("n", 7);
    assertThat(value(sandbox.run(call(workspace, "return params", null, given, LONG))))
        .isEqualTo(given);
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
