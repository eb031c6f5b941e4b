package dev.toolwright.run;

import org.junit.jupiter.api.BeforeAll;

/// The same, where Temporal shares the runs among the nodes.
class RunStopsOnTemporalTest extends RunStopsContract {
  @BeforeAll
  static void open() {
    fixture = RunFixture.onTemporal();
  }
}
