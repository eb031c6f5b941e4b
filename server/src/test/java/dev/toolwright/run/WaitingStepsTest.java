package dev.toolwright.run;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class WaitingStepsTest extends WaitingStepsContract {
  @BeforeAll
  static void open() {
    fixture = new RunFixture();
  }

  @AfterAll
  static void close() {
    fixture.close();
  }
}
