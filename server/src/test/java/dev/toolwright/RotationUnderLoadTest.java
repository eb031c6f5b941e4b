package dev.toolwright;

import static dev.toolwright.TestPlatform.http;
import static dev.toolwright.TestPlatform.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.Vault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// `toolwright secrets rotate` beside a working server (F-47).
@SuppressWarnings("NullAway.Init")
class RotationUnderLoadTest {
  private static final int TOOLS = 10;
  private static final Duration LONG = Duration.ofSeconds(60);

  private TestPlatform platform;
  private Remote remote;

  /// Tool → the token that its service wants.
  private final Map<String, String> tokens = new TreeMap<>();

  @BeforeEach
  void open() {
    platform = new TestPlatform();
    remote = new Remote();
    for (var i = 0; i < TOOLS; i++) {
      var token = "sk-of-tool-" + i + "-0123456789";
      tokens.put(tool(token, "/guarded/" + i), token);
    }
  }

  @AfterEach
  void close() {
    remote.close();
    platform.close();
  }

  /// A tool whose service answers only to this token.
  private String tool(String token, String path) {
    remote.at(
        path,
        (exchange, _) -> {
          var known =
              ("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"));
          Remote.send(exchange, known ? 200 : 401, "{}");
        });
    var tool = name("guarded");
    var body = http(tool, "GET", remote.url() + path);
    ((ObjectNode) body.path("implementation"))
        .putObject("auth")
        .put("type", "bearer")
        .put("token", token);
    platform.tool(platform.ada, body);
    return tool;
  }

  private void assertServed(String tool) {
    var answer = platform.test(platform.ada, tool, Json.object());
    assertThat(answer.path("success").asBoolean()).as("%s", answer).isTrue();
  }

  @Test
  void no_call_fails_while_the_key_changes() throws Exception {
    var calls = new AtomicInteger();
    var made = new AtomicInteger();
    var failures = new CopyOnWriteArrayList<Throwable>();
    var end = new AtomicBoolean();
    var tools = List.copyOf(tokens.keySet());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < 3; i++) {
        threads.execute(() ->
            whileNot(
                end, failures, () -> assertServed(tools.get(calls.getAndIncrement() % TOOLS))));
      }
      threads.execute(() ->
          whileNot(
              end,
              failures,
              () ->
                  assertServed(
                      tool("made-meanwhile-" + made.get(), "/new/" + made.getAndIncrement()))));
      await().atMost(LONG).until(() -> calls.get() > 10 && made.get() > 2);
      var first = currentKey();
      assertThat(rotated()).contains("Running servers that hold it: ", "is retired");
      var second = currentKey();
      rotated();
      assertThat(List.of(first, second, currentKey())).doesNotHaveDuplicates();
      var before = calls.get();
      await().atMost(LONG).until(() -> calls.get() > before + 10);
      end.set(true);
    }
    assertThat(failures).isEmpty();
    assertThat(platform.one("select count(*) from call where outcome = 'failed'", Integer.class))
        .isZero();
    assertThat(platform.one("select count(distinct key_id) from secret", Integer.class)).isOne();
  }

  private static void whileNot(AtomicBoolean end, List<Throwable> failures, Runnable work) {
    while (!end.get()) {
      try {
        work.run();
      } catch (RuntimeException | AssertionError e) {
        failures.add(e);
      }
    }
  }

  @Test
  void a_rotation_that_is_killed_anywhere_goes_on_when_it_is_run_again() throws Exception {
    var vault = Vault.open(platform.home(), platform.database.database());
    platform
        .database
        .database()
        .useTx(tx -> {
          for (var i = 0; i < 250; i++) {
            vault.put(tx, "ws_other", Secret.of("one of many"));
          }
        });
    var first = currentKey();
    killed("secrets.afterFile");
    assertThat(Files.readAllLines(platform.home().resolve("master.key"))).hasSize(2);
    assertThat(currentKey()).isEqualTo(first);
    everythingServes();
    killed("secrets.afterKey");
    everythingServes();
    killed("secrets.afterPromotion");
    everythingServes();
    platform.stop();
    platform.start();
    everythingServes();
    killed("secrets.afterBatch:2");
    assertThat(platform.one("select count(distinct key_id) from secret", Integer.class))
        .isEqualTo(2);
    everythingServes();
    assertThat(rotated()).contains("Continuing the rotation", "is retired");
    assertThat(platform.one("select count(distinct key_id) from secret", Integer.class)).isOne();
    assertThat(currentKey()).isNotEqualTo(first);
    assertThat(Files.readAllLines(platform.home().resolve("master.key"))).hasSize(2);
    everythingServes();
    platform.stop();
    platform.start();
    everythingServes();
  }

  private void everythingServes() {
    tokens.keySet().forEach(this::assertServed);
  }

  private String currentKey() {
    return platform.one("select id from vault_key where state = 'current'", String.class);
  }

  /// Runs the command to its end in this process and answers what it said.
  private String rotated() throws InterruptedException {
    var said = new ByteArrayOutputStream();
    var out = new PrintStream(said, true, StandardCharsets.UTF_8);
    var code =
        Main.run(
            List.of(
                "secrets",
                "rotate",
                "--home",
                platform.home().toString(),
                "--database-url",
                platform.databaseUrl()),
            out,
            out);
    assertThat(code).as(said.toString(StandardCharsets.UTF_8)).isZero();
    return said.toString(StandardCharsets.UTF_8);
  }

  /// Runs the command in a process of its own that dies at a failpoint as by `kill -9`.
  private void killed(String failpoint) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                // Its life is over before optimised code pays.
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "secrets",
                "rotate",
                "--home",
                platform.home().toString()));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("TOOLWRIGHT_"));
    builder.environment().put("TOOLWRIGHT_DATABASE_URL", platform.databaseUrl());
    builder.environment().put("TOOLWRIGHT_FAILPOINT", failpoint);
    var process = builder.start();
    try (var output = process.inputReader()) {
      var said = output.readAllAsString();
      assertThat(process.waitFor()).as(said).isEqualTo(137);
    } finally {
      process.destroyForcibly();
    }
  }
}
