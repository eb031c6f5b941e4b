package dev.toolwright.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

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
          .isInstanceOf(PythonResult.Returned.class);
      one.cancel(true);
      two.cancel(true);
    }
  }
}
