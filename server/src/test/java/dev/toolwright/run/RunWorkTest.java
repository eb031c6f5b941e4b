package dev.toolwright.run;

import org.junit.jupiter.api.BeforeAll;

class RunWorkTest extends RunWorkContract {
  @BeforeAll
  static void open() {
    fixture = new RunFixture();
  }
}
