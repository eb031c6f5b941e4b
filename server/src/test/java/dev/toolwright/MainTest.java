package dev.toolwright;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.database.TestDatabase;
import dev.toolwright.database.embedded.EmbeddedSettings;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @TempDir private Path home = Path.of("");

  @AfterEach
  void erase_the_database() throws Exception {
    EmbeddedSettings.below(home).erase();
  }

  @Test
  void the_server_says_where_it_is_and_ends_cleanly_when_asked_to() throws Exception {
    var server = serve();
    try (var output = output(server)) {
      assertThat(output.readLine()).matches("Toolwright is ready at http://127\\.0\\.0\\.1:\\d+");
      var second = serve();
      try (var refusal = output(second)) {
        assertThat(refusal.readLine()).startsWith("Another Toolwright server is using " + home);
        assertThat(second.waitFor()).isEqualTo(2);
      }
      server.toHandle().destroy();
      assertThat(server.waitFor()).isEqualTo(128 + 15);
      assertThat(output.lines())
          .anyMatch(line -> line.startsWith("curl "))
          .last()
          .asString()
          .contains("/mcp");
    } finally {
      server.destroyForcibly();
    }
    assertThat(Files.readAllLines(home.resolve("first-login.txt")))
        .extracting(line -> line.substring(0, line.indexOf('=')))
        .containsExactly("username", "password", "token");
    assertThat(Files.getPosixFilePermissions(home.resolve("first-login.txt")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(EmbeddedSettings.below(home).data().resolve("postmaster.pid")).doesNotExist();
    assertThat(Files.readString(home.resolve("log/toolwright.0.log"))).contains("INFO");
  }

  @Test
  void the_doctor_tries_the_sandbox() throws Exception {
    var doctor = command("doctor");
    try (var output = output(doctor)) {
      assertThat(output.lines())
          .anyMatch(line -> line.startsWith("✓ sandbox") && line.contains("tier "));
    }
  }

  @Test
  void a_mistyped_command_or_setting_is_answered_with_the_nearest_one() throws Exception {
    assertThat(refused("sevre")).contains("sevre is not a command; did you mean serve?");
    assertThat(refused("secrets", "rotat")).contains("did you mean secrets rotate?");
    var nowhere = home.resolve("nowhere");
    var err = new ByteArrayOutputStream();
    var words = List.of("secrets", "rotate", "--home", nowhere.toString());
    assertThat(Main.run(words, System.out, new PrintStream(err, true, StandardCharsets.UTF_8)))
        .isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("No server has its home in");
    assertThat(nowhere).doesNotExist();
    assertThat(refused("serve", "--prot", "1")).contains("did you mean --port?");
  }

  @Test
  void a_database_that_cannot_be_reached_is_named_without_its_password() throws Exception {
    var url = "postgresql://me:hidden@127.0.0.1:1/tools";
    var server = serve("--database-url", url);
    try (var output = output(server)) {
      assertThat(output.readLine())
          .startsWith("--database-url names the database jdbc:postgresql://127.0.0.1:1/tools as me")
          .contains("cannot be reached")
          .doesNotContain("hidden");
      assertThat(server.waitFor()).isEqualTo(2);
    }
  }

  private static String refused(String... words) throws InterruptedException {
    var err = new ByteArrayOutputStream();
    var code =
        Main.run(List.of(words), System.out, new PrintStream(err, true, StandardCharsets.UTF_8));
    assertThat(code).isEqualTo(2);
    return err.toString(StandardCharsets.UTF_8);
  }

  private Process serve(String... flags) throws IOException {
    return command("serve", flags);
  }

  private Process command(String word, String... flags) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Dstdout.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                word,
                "--home",
                home.toString(),
                "--port",
                "0"));
    command.addAll(List.of(flags));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("TOOLWRIGHT_"));
    builder.environment().put("TOOLWRIGHT_POSTGRES_HOME", TestDatabase.programs().toString());
    return builder.start();
  }

  private static BufferedReader output(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }
}
