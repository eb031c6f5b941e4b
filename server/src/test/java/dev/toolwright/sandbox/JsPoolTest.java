package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import dev.toolwright.sandbox.FunctionResult.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class JsPoolTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String BUSY =
      "const end = Date.now() + params.ms; while (Date.now() < end); return params.ms";

  private static CompletableFuture<FunctionResult> start(
      TestJavaScript js, String workspace, String code, int ms, Duration timeout) {
    var given = Json.object().put("ms", ms);
    var result = new CompletableFuture<FunctionResult>();
    Thread.startVirtualThread(() -> {
      try {
        result.complete(
            js.sandbox().run(TestJavaScript.call(workspace, code, null, given, timeout)));
      } catch (InterruptedException e) {
        result.completeExceptionally(e);
      }
    });
    return result;
  }

  @Test
  void a_worker_serves_one_workspace_only_and_the_pool_is_bounded() throws Exception {
    try (var js = TestJavaScript.open(2, JavaScriptSettings.IDLE)) {
      js.sandbox().prepare(Duration.ZERO);
      await().atMost(SOON).until(() -> js.sandbox().workers() == 1);
      assertThat(js.sandbox().status().state()).isEqualTo(SandboxStatus.State.READY);
      js.assertWorks("one");
      var one = js.sandbox().workerPid("one");
      js.assertWorks("two");
      js.assertWorks("one");
      assertThat(js.sandbox().workerPid("one")).isEqualTo(one);
      assertThat(js.sandbox().workerPid("two")).isNotEqualTo(one);
      js.assertWorks("three"); // "two" used its own longest ago
      assertThat(js.sandbox().workerPid("two")).isEqualTo(-1);
      assertThat(js.sandbox().workerPid("one")).isEqualTo(one);
      assertThat(js.sandbox().workers()).isLessThanOrEqualTo(2);
      assertThat(Path.of("/proc/" + one)).exists();
    }
  }

  @Test
  void busy_workspaces_make_room_for_a_third() throws Exception {
    try (var js = TestJavaScript.open(2, JavaScriptSettings.IDLE)) {
      js.assertWorks("one");
      js.assertWorks("two");
      var one = start(js, "one", BUSY, 600, SOON);
      var two = start(js, "two", BUSY, 600, SOON);
      js.assertWorks("three");
      assertThat(TestJavaScript.value(one.get()).asInt()).isEqualTo(600);
      assertThat(TestJavaScript.value(two.get()).asInt()).isEqualTo(600);
    }
  }

  @Test
  void an_idle_worker_is_given_up() throws Exception {
    try (var js = TestJavaScript.open(3, Duration.ofMillis(300))) {
      js.assertWorks("one");
      var pid = js.sandbox().workerPid("one");
      await().atMost(SOON).until(() -> js.sandbox().workerPid("one") == -1);
      await().atMost(SOON).until(() -> !Files.exists(Path.of("/proc/" + pid)));
      js.assertWorks("one");
    }
  }

  @Test
  void calls_of_a_worker_that_died_are_repeated_on_another() throws Exception {
    try (var js = TestJavaScript.open(3, JavaScriptSettings.IDLE)) {
      js.assertWorks("one");
      js.assertWorks("two");
      var two = js.sandbox().workerPid("two");
      var first = js.sandbox().workerPid("one");
      var call = start(js, "one", BUSY, 400, SOON);
      var other = start(js, "two", BUSY, 400, SOON);
      await().until(() -> cpuTicks(first) > 0 && !call.isDone());
      ProcessHandle.of(first).orElseThrow().destroyForcibly();
      assertThat(TestJavaScript.value(call.get()).asInt()).isEqualTo(400);
      assertThat(TestJavaScript.value(other.get()).asInt()).isEqualTo(400);
      assertThat(js.sandbox().workerPid("one")).isNotEqualTo(first);
      assertThat(js.sandbox().workerPid("two")).isEqualTo(two);
    }
  }

  private static long cpuTicks(long pid) throws java.io.IOException {
    var fields = Files.readString(Path.of("/proc/" + pid + "/stat")).split(" ", -1);
    return Long.parseLong(fields[13]);
  }

  @Test
  void code_that_does_not_listen_is_killed_and_its_neighbours_are_repeated() throws Exception {
    try (var js = TestJavaScript.open(3, JavaScriptSettings.IDLE)) {
      js.assertWorks("one");
      var first = js.sandbox().workerPid("one");
      var deaf = start(js, "one", "return 3n ** (10n ** 9n) > 1n", 0, Duration.ofSeconds(1));
      var neighbour = start(js, "one", BUSY, 1800, SOON);
      assertThat(deaf.get())
          .isInstanceOfSatisfying(
              FunctionResult.Stopped.class, s -> assertThat(s.reason()).isEqualTo(Reason.TIMEOUT));
      assertThat(TestJavaScript.value(neighbour.get()).asInt()).isEqualTo(1800);
      assertThat(js.sandbox().workerPid("one")).isNotEqualTo(first);
    }
  }

  @Test
  void interrupting_the_caller_ends_the_call() throws Exception {
    try (var js = TestJavaScript.open(2, JavaScriptSettings.IDLE)) {
      js.assertWorks("one");
      var seen = new AtomicReference<Throwable>();
      var caller =
          Thread.startVirtualThread(() -> {
            try {
              js.run("for (;;);", Json.object(), Duration.ofSeconds(60));
            } catch (InterruptedException e) {
              seen.set(e);
            }
          });
      await().atMost(SOON).until(() -> js.sandbox().workerPid("workspace_a") > 0);
      caller.interrupt();
      caller.join(Duration.ofSeconds(2));
      assertThat(seen.get()).isInstanceOf(InterruptedException.class);
      js.assertWorks("workspace_a");
      js.assertWorks("one");
    }
  }

  @Test
  void the_worker_is_confined_and_ends_with_the_sandbox() throws Exception {
    long pid;
    try (var js = TestJavaScript.open(2, JavaScriptSettings.IDLE)) {
      js.assertWorks("one");
      pid = js.sandbox().workerPid("one");
      var status = Files.readString(Path.of("/proc/" + pid + "/status"));
      assertThat(status).doesNotContainPattern("[UG]id:.*\\b0\\b").contains("Seccomp:\t2");
      assertThat(status).contains("NoNewPrivs:\t1").contains("CapEff:\t0000000000000000");
    }
    await().atMost(SOON).until(() -> !Files.exists(Path.of("/proc/" + pid)));
  }

  @Test
  void without_its_files_javascript_is_refused() throws Exception {
    var folder = Files.createTempDirectory("toolwright-javascript-test");
    var settings =
        new JavaScriptSettings(
            folder.resolve("own"), folder.resolve("none"), 0, 0, JavaScriptSettings.IDLE);
    try (var sandbox = JavaScript.open(settings)) {
      var call = TestJavaScript.call("one", "return 1", null, Json.object(), TestJavaScript.LONG);
      assertThat(sandbox.run(call))
          .isInstanceOfSatisfying(
              FunctionResult.Refused.class,
              r -> assertThat(r.message() + r.howToFix()).contains("missing", "sandbox-lib"));
      assertThat(sandbox.status().state()).isEqualTo(SandboxStatus.State.REFUSED);
      assertThat(sandbox.parse("return 1", null)).isInstanceOf(JsOutline.Unavailable.class);
    }
  }
}
