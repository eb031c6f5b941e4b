package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.sandbox.FunctionResult.Reason;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class BusySandboxTest {
  private static final String SLEEP =
      "import time\ndef run(p, c):\n  time.sleep(9)\n  return 'woke'\n";
  private static final Duration SECONDS = Duration.ofSeconds(5);

  @Test
  void slow_calls_of_one_user_leave_room_for_another_of_the_workspace() throws Exception {
    try (var own = TestSandbox.open(4);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> one = threads.submit(() -> own.run("user_a", SLEEP, Duration.ofSeconds(10)));
      Future<?> two = threads.submit(() -> own.run("user_a", SLEEP, Duration.ofSeconds(10)));
      own.awaitRunning();
      assertThat(own.run("user_b", TestSandbox.ECHO, SECONDS))
          .isInstanceOf(FunctionResult.Returned.class);
      one.cancel(true);
      two.cancel(true);
    }
  }

  @Test
  void a_call_that_found_no_place_is_told_so_and_code_is_read_meanwhile() throws Exception {
    try (var own = TestSandbox.open(1);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> slow = threads.submit(() -> own.run("user_a", SLEEP, Duration.ofSeconds(10)));
      own.awaitRunning();
      assertThat(own.run("user_b", TestSandbox.ECHO, Duration.ofMillis(300)))
          .isInstanceOfSatisfying(
              FunctionResult.Stopped.class, s -> assertThat(s.reason()).isEqualTo(Reason.BUSY));
      assertThat(own.sandbox().parse(TestSandbox.ECHO)).isInstanceOf(PythonOutline.Parsed.class);
      slow.cancel(true);
    }
  }

  @Test
  void a_sandbox_that_is_starting_says_so_until_it_has() throws Exception {
    var folder = TestSandbox.reachableFolder();
    var flag = Files.createFile(folder.resolve("slow-flag"));
    try (var own = TestSandbox.openWith(folder, "while [ -e " + flag + " ]; do sleep 0.05; done")) {
      assertThat(own.run("user_a", TestSandbox.ECHO, Duration.ofMillis(100)))
          .isInstanceOfSatisfying(
              FunctionResult.Stopped.class, s -> assertThat(s.reason()).isEqualTo(Reason.BUSY));
      assertThat(own.sandbox().parse(TestSandbox.ECHO))
          .isInstanceOfSatisfying(
              PythonOutline.Unavailable.class, u -> assertThat(u.passing()).isTrue());
      Files.delete(flag);
      assertThat(own.sandbox().awaitTested(Duration.ofSeconds(20)).state())
          .isEqualTo(SandboxStatus.State.READY);
      assertThat(own.sandbox().parse(TestSandbox.ECHO)).isInstanceOf(PythonOutline.Parsed.class);
    }
  }

  @Test
  void a_first_start_that_was_killed_is_tried_again() throws Exception {
    var folder = TestSandbox.reachableFolder();
    var flag = Files.createFile(folder.resolve("slow-flag"));
    try (var own = TestSandbox.openWith(folder, "[ -e " + flag + " ] && kill -9 $$")) {
      assertThat(own.sandbox().awaitTested(Duration.ofSeconds(20)).state())
          .isEqualTo(SandboxStatus.State.REFUSED);
      Files.delete(flag);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() ->
              own.run("user_a", TestSandbox.ECHO, SECONDS) instanceof FunctionResult.Returned);
      assertThat(own.sandbox().status().state()).isEqualTo(SandboxStatus.State.READY);
    }
  }
}
