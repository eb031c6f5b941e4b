package dev.toolwright;

import static org.assertj.core.api.Assertions.assertThat;

import dev.toolwright.account.Accounts;
import dev.toolwright.audit.Audit;
import dev.toolwright.config.Settings;
import dev.toolwright.database.TestDatabase;
import dev.toolwright.database.embedded.EmbeddedSettings;
import dev.toolwright.sandbox.SlowPython;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a server makes of itself at its first start, whatever comes between.
class FirstStartTest {
  private final TestDatabase database = TestDatabase.fresh();
  @TempDir private Path home = Path.of("");
  @TempDir private Path elsewhere = Path.of("");

  @BeforeEach
  void let_the_worker_reach_its_interpreter() throws IOException {
    Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void close() throws Exception {
    database.close();
    EmbeddedSettings.below(home).erase();
  }

  private Map<String, String> environment() {
    var url = URI.create(database.address().jdbcUrl().substring("jdbc:".length()));
    return Map.of(
        "TOOLWRIGHT_DATABASE_URL",
        "postgresql://%s:%s@%s:%d%s"
            .formatted(
                database.address().user(),
                database.address().password(),
                url.getHost(),
                url.getPort(),
                url.getPath()));
  }

  private Settings settings(Map<String, String> more) {
    var environment = new TreeMap<>(environment());
    environment.putAll(more);
    return Settings.read(List.of("--home", home.toString(), "--port", "0"), environment);
  }

  private Platform open() throws InterruptedException {
    return Platform.open(settings(Map.of()));
  }

  private List<String> names(String kind) {
    return database
        .database()
        .direct(tx ->
            tx.handle()
                .createQuery(
                    "select name from definition where kind = :kind and deleted_at is null order by name")
                .bind("kind", kind)
                .mapTo(String.class)
                .list());
  }

  private void assertComplete() {
    assertThat(names("tool")).containsExactly("days_between", "word_count");
    assertThat(names("agent")).containsExactly("Clerk");
    var login = FirstLogin.read(home).orElseThrow();
    var accounts = new Accounts(database.database(), new Audit(), InstantSource.system());
    assertThat(accounts.authenticate(login.token()).orElseThrow().username()).isEqualTo("admin");
    assertThat(login.password()).isNotEmpty();
  }

  private String demo() throws InterruptedException {
    var out = new ByteArrayOutputStream();
    var code = Demo.run(settings(Map.of()), new PrintStream(out, true, StandardCharsets.UTF_8));
    return code + ": " + out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void a_start_that_is_killed_between_its_steps_is_completed_by_the_next() throws Exception {
    for (var place :
        List.of("first.afterFile", "first.afterUser", "first.afterTool", "first.afterAgent")) {
      assertThat(killedAt(place)).as(place).isEqualTo(137);
    }
    try (var server = open()) {
      assertThat(server.greeting()).anyMatch(line -> line.startsWith("curl "));
      assertComplete();
    }
    try (var server = open()) {
      assertThat(server.greeting()).isEmpty();
    }
  }

  private int killedAt(String failpoint) throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--home",
                home.toString(),
                "--port",
                "0")
            .redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("TOOLWRIGHT_"));
    builder.environment().putAll(environment());
    builder.environment().put("TOOLWRIGHT_FAILPOINT", failpoint);
    var process = builder.start();
    try (var output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      if (output.lines().anyMatch(line -> line.startsWith("Toolwright is ready"))) {
        return 0;
      }
      return process.waitFor();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void a_home_without_a_token_gets_one_and_a_deleted_tool_does_not_come_back() throws Exception {
    open().close();
    Files.delete(home.resolve(FirstStart.SEEDED));
    Files.writeString(
        home.resolve(FirstLogin.FILE),
        "username=admin\npassword=" + FirstLogin.read(home).orElseThrow().password() + "\n");
    open().close();
    assertComplete();
    assertThat(Files.getPosixFilePermissions(home.resolve(FirstLogin.FILE)))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    database
        .database()
        .useTx(tx -> tx.handle().execute("update definition set deleted_at = now()"));
    open().close();
    assertThat(names("tool")).isEmpty();
  }

  @Test
  void a_deactivated_admin_or_another_home_changes_nothing() throws Exception {
    open().close();
    database.database().useTx(tx -> tx.handle().execute("update account set active = false"));
    Files.delete(home.resolve(FirstStart.SEEDED));
    open().close();
    Files.delete(home.resolve(FirstLogin.FILE));
    open().close();
    assertThat(home.resolve(FirstLogin.FILE)).doesNotExist();
    assertThat(names("agent")).hasSize(1);
  }

  @Test
  void a_sandbox_that_starts_slowly_is_waited_for() throws Exception {
    var python = SlowPython.in(elsewhere, "sleep 4");
    Platform.open(settings(Map.of("TOOLWRIGHT_PYTHON", python.toString()))).close();
    assertComplete();
  }

  @Test
  void the_demo_plays_again_in_the_same_home_and_says_when_it_has_no_token() throws Exception {
    assertThat(demo()).startsWith("0: ").contains("The agent's answer");
    assertThat(demo()).startsWith("0: ").contains("is there from last time");
    Files.delete(home.resolve(FirstLogin.FILE));
    assertThat(demo()).startsWith("1: ").contains("needs the token of the first admin");
  }
}
