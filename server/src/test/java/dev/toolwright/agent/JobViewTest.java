package dev.toolwright.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.run.Priority;
import dev.toolwright.run.Run;
import dev.toolwright.run.RunState;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobViewTest {
  @Test
  void a_job_whose_last_wait_ended_while_it_was_read_is_at_work() {
    var at = Instant.EPOCH;
    var run =
        new Run(
            "ws",
            "run",
            "user",
            "agent",
            "agent",
            RunState.WAITING,
            1,
            null,
            1,
            false,
            0,
            1,
            1,
            "Waiting for a job that this one started",
            Priority.NORMAL,
            null,
            at,
            at,
            null);
    assertThat(JobView.status(run, List.of())).isEqualTo("processing");
  }
}
