package dev.toolwright.run;

import org.junit.jupiter.api.BeforeAll;

class RunStopsTest extends RunStopsContract {
  @BeforeAll
  static void open() {
    fixture = new RunFixture();
  }
}
