package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.database.embedded.EmbeddedSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What a newcomer does in the first hour, as the server itself says it.
class FirstHourTest {
  @RegisterExtension private static final Products PRODUCTS = new Products();

  @Test
  void the_lines_that_the_first_start_prints_work_when_pasted() throws Exception {
    var product = PRODUCTS.create(Map.of()).start();
    var lines = product.printed().stream().filter(line -> line.startsWith("curl ")).toList();
    assertThat(lines).hasSize(2);
    assertThat(shell(lines.get(0))).contains("\"success\":true", "\"words\":3");
    assertThat(shell(lines.get(1))).contains("\"message\":\"Agent execution started\"");
    assertThat(product.printed())
        .anyMatch(line ->
            line.contains("/mcp --header \"Authorization: Bearer " + product.firstLogin("token")));
  }

  @Test
  void the_demo_plays_the_main_job_twice_and_ends_clean() throws Exception {
    var home = Files.createTempDirectory("toolwright-demo-").toRealPath().resolve("home");
    try {
      for (var spent : List.of("12.5", "19")) {
        var played = launcher(home, "demo", "--aot", "off");
        assertThat(played)
            .contains(
                "• completed",
                "The agent's answer (rehearsal):",
                "Credits spent here until now: " + spent);
      }
    } finally {
      EmbeddedSettings.below(home).erase();
    }
  }

  @Test
  void the_doctor_finds_what_the_product_needs() throws Exception {
    var home = Files.createTempDirectory("toolwright-doctor-").toRealPath();
    try {
      assertThat(launcher(home, "doctor", "--home", home.toString()))
          .contains("✓ sandbox", "Everything that Toolwright needs is here.");
    } finally {
      EmbeddedSettings.below(home).erase();
    }
  }

  private static String launcher(Path home, String... words) throws Exception {
    var command = new ArrayList<>(List.of(Product.directory().resolve("toolwright").toString()));
    command.addAll(List.of(words));
    var builder = new ProcessBuilder(command);
    builder.environment().put("TOOLWRIGHT_HOME", home.toString());
    builder.environment().remove("TOOLWRIGHT_PRODUCT");
    return output(builder);
  }

  private static String shell(String commands) throws Exception {
    return output(new ProcessBuilder("bash", "-euc", commands));
  }

  private static String output(ProcessBuilder builder) throws IOException, InterruptedException {
    var process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
