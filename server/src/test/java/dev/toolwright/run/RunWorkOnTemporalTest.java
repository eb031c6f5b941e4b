package dev.toolwright.run;

import dev.toolwright.testing.TemporalServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// The same, where Temporal shares the runs among the nodes.
@SuppressWarnings("NullAway.Init")
class RunWorkOnTemporalTest extends RunWorkContract {
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
}
