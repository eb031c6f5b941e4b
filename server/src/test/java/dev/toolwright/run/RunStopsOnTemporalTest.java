package dev.toolwright.run;

import dev.toolwright.testing.TemporalServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/// The same, where Temporal shares the runs among the nodes.
@SuppressWarnings("NullAway.Init")
class RunStopsOnTemporalTest extends RunStopsContract {
  private static TemporalServer server;

  @BeforeAll
  static void open() {
    server = new TemporalServer();
    fixture = new RunFixture(server.address());
  }

  @AfterAll
  static void close() {
    fixture.close();
    server.close();
  }

  /// Temporal's test server keeps for itself what was to be decided of a workflow while nobody
  /// asked for work, and gives it to no node that comes later.
  private static final String NOBODY_ASKED = "the test server forgets what came while nobody asked";

  @Override
  @Test
  @Disabled(NOBODY_ASKED)
  void a_draining_node_ends_its_step_gives_the_run_back_and_takes_no_more() {}

  @Override
  @Test
  @Disabled(NOBODY_ASKED)
  void a_step_that_was_planned_but_not_begun_when_its_node_drained_is_not_asked_about() {}
}
