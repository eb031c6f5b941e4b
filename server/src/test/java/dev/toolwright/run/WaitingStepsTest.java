package dev.toolwright.run;

import org.junit.jupiter.api.BeforeAll;

class WaitingStepsTest extends WaitingStepsContract {
  @BeforeAll
  static void open() {
    fixture = new RunFixture();
  }
}
