package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A script in another language plays the whole Agents face from a username and a password on.
class PythonClientTest {
  private static final Path SCRIPT = Path.of("python-client/bakery.py").toAbsolutePath();
  private static final int SECONDS = 180;

  @RegisterExtension private static final Products PRODUCTS = new Products();

  @Test
  void a_script_makes_tools_and_agents_and_lets_them_work() throws Exception {
    var product = PRODUCTS.create(Map.of()).start();
    product.printed();
    var output = Files.createTempFile("bakery", ".txt");
    try {
      var process =
          new ProcessBuilder(
                  "python3",
                  SCRIPT.toString(),
                  product.address().toString(),
                  product.firstLogin("username"),
                  product.firstLogin("password"))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).as(Files.readString(output)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
      assertThat(Files.readAllLines(output))
          .containsExactly(
              "tokens",
              "agents",
              "templates",
              "hierarchy",
              "packs",
              "function_tools",
              "testing",
              "details",
              "update",
              "sharing",
              "execution",
              "status",
              "recent_jobs",
              "permissions",
              "workflows",
              "diagnosis");
    } finally {
      Files.delete(output);
    }
  }
}
