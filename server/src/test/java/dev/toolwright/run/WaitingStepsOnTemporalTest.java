package dev.toolwright.run;

import org.junit.jupiter.api.BeforeAll;

/// The same, where Temporal shares the runs among the nodes.
class WaitingStepsOnTemporalTest extends WaitingStepsContract {
  @BeforeAll
  static void open() {
    fixture = RunFixture.onTemporal();
  }
}
