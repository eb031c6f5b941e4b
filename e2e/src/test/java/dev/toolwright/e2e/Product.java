package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.toolwright.database.embedded.EmbeddedSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The packaged product as a process, in a home of its own that it keeps over restarts. Get one
/// from [Products], which ends and deletes everything that is left of it.
final class Product {
  private static final String READY = "Toolwright is ready at ";
  private static final Duration READY_WITHIN = Duration.ofSeconds(90);
  private static final Duration STOPS_WITHIN = Duration.ofSeconds(15);

  private final Path place;
  private final Path home;
  private final Path output;
  private final Map<String, String> settings;
  private @Nullable Process process;
  private URI address = URI.create("http://127.0.0.1:0");

  /// @param settings environment variables of every start
  Product(Map<String, String> settings) {
    this.settings = Map.copyOf(settings);
    place = temporary().resolve("toolwright-e2e-" + UUID.randomUUID());
    home = place.resolve(".toolwright");
    output = place.resolve("output");
  }

  /// As the product will see it, links followed.
  private static Path temporary() {
    try {
      return Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where the packaged product lies: the system property or variable `TOOLWRIGHT_PRODUCT`, else
  /// where `./toolwright package` puts it.
  static Path directory() {
    var told = System.getProperty("TOOLWRIGHT_PRODUCT", System.getenv("TOOLWRIGHT_PRODUCT"));
    var directory = Path.of(told == null ? "../build/product" : told).toAbsolutePath().normalize();
    assertThat(directory.resolve("toolwright")).as("Run ./toolwright package first").exists();
    return directory;
  }

  /// Starts it and waits until it is ready.
  Product start() {
    return start(Map.of());
  }

  /// @param more environment variables of this start alone
  Product start(Map<String, String> more) {
    var launcher = directory().resolve("toolwright").toString();
    launch(List.of(launcher, "serve", "--home", home.toString(), "--port", "0"), more);
    return ready();
  }

  /// Starts it with a line of shell that a document tells people to type, below a directory of
  /// their own that holds nothing but the launcher, and waits until it is ready.
  Product type(String line, int port) {
    var launcher = place.resolve("toolwright");
    try {
      Files.createDirectories(place);
      if (Files.notExists(launcher)) {
        Files.createSymbolicLink(launcher, directory().resolve("toolwright"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    launch(
        List.of("bash", "-c", "exec " + line),
        Map.of("HOME", place.toString(), "TOOLWRIGHT_PORT", Integer.toString(port)));
    return ready();
  }

  private Product ready() {
    await()
        .atMost(READY_WITHIN)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> readyLine() != null || !isAlive());
    var line = readyLine();
    assertThat(line).as("The product did not become ready: %s", log()).isNotNull();
    address = URI.create(String.valueOf(line).substring(READY.length()).strip());
    return this;
  }

  private void launch(List<String> command, Map<String, String> more) {
    assertThat(isAlive()).as("It runs already").isFalse();
    var builder = new ProcessBuilder(command).directory(place.toFile()).redirectErrorStream(true);
    var environment = builder.environment();
    environment
        .keySet()
        .removeIf(name -> name.matches("(TOOLWRIGHT|OPENAI|AZURE_OPENAI|ANTHROPIC|OLLAMA)_.*"));
    // Short lives are over before optimised code pays; this halves the time of a start.
    environment.put("TOOLWRIGHT_AOT", "off");
    environment.put("TOOLWRIGHT_CONTAINER_ENGINE", "none");
    environment.put("TOOLWRIGHT_JAVA_OPTS", "-Xmx256m -XX:TieredStopAtLevel=1");
    environment.putAll(settings);
    environment.putAll(more);
    try {
      Files.createDirectories(home);
      Files.deleteIfExists(output);
      process = builder.redirectOutput(output.toFile()).start();
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private @Nullable String readyLine() {
    try (var lines = Files.lines(output)) {
      return lines.filter(line -> line.startsWith(READY)).findFirst().orElse(null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What it has printed; after the first start the greeting, which ends with the line for MCP
  /// clients.
  List<String> printed() {
    await().atMost(READY_WITHIN).until(() -> Files.readString(output).contains("/mcp --header"));
    try {
      return Files.readAllLines(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Such as `http://127.0.0.1:40123`; another after each start.
  URI address() {
    return address;
  }

  /// Where it was started; holds its home.
  Path place() {
    return place;
  }

  /// Made at the first start.
  Path home() {
    return home;
  }

  /// A client with the first admin's token.
  Api api() {
    return api(firstLogin("token"));
  }

  Api api(String token) {
    return new Api(this::address, token);
  }

  /// `username`, `password` or `token` of the first admin.
  String firstLogin(String key) {
    var login = new Properties();
    try (var file = Files.newBufferedReader(home.resolve("first-login.txt"))) {
      login.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return String.valueOf(login.getProperty(key));
  }

  /// Kills the server as a power failure would; a private PostgreSQL goes on without it.
  void kill9() {
    var running = running();
    running.destroyForcibly();
    running.onExit().join();
  }

  /// Sends it a signal, such as `STOP`.
  void signal(String name) throws IOException, InterruptedException {
    var kill = new ProcessBuilder("kill", "-" + name, "" + running().pid()).start();
    assertThat(kill.waitFor()).isZero();
  }

  /// Waits until it has killed itself at a failpoint.
  void awaitDeath() throws InterruptedException {
    assertThat(running().waitFor(30, TimeUnit.SECONDS))
        .as("It should have died at its failpoint: %s", log())
        .isTrue();
    assertThat(running().exitValue()).as(this::log).isEqualTo(137);
  }

  /// Asks it to end, as `kill` does, and makes sure that it does in time and leaves nobody behind.
  void stop() throws InterruptedException {
    running().destroy();
    assertThat(running().waitFor(STOPS_WITHIN.toSeconds(), TimeUnit.SECONDS))
        .as("It should end within %s: %s", STOPS_WITHIN, log())
        .isTrue();
    await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(leftovers()).isEmpty());
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("never started");
    }
    return process;
  }

  /// Command lines of living processes of this home, its PostgreSQL and its sandbox among them.
  List<String> leftovers() {
    return processes().map(Product::commandLine).toList();
  }

  private Stream<ProcessHandle> processes() {
    var shared = String.valueOf(EmbeddedSettings.below(home).data().getParent());
    return ProcessHandle.allProcesses()
        .filter(one -> {
          var line = commandLine(one);
          return line.contains(home.toString()) || line.contains(shared);
        });
  }

  private static String commandLine(ProcessHandle process) {
    return process.info().commandLine().orElse("");
  }

  /// The ends of what it printed and logged, for a failed test's message.
  String log() {
    var text = new StringBuilder(tail(output));
    try (var files = Files.list(home.resolve("log"))) {
      files
          .filter(file -> file.toString().endsWith(".0.log"))
          .forEach(file -> text.append(tail(file)));
    } catch (IOException e) {
      text.append("(no log: ").append(e).append(')');
    }
    return text.toString();
  }

  private static String tail(Path file) {
    try {
      var lines = Files.readAllLines(file);
      var last = lines.subList(Math.max(0, lines.size() - 60), lines.size());
      return "\n--- " + file + "\n" + String.join("\n", last);
    } catch (IOException e) {
      return "\n--- " + file + ": " + e;
    }
  }

  /// Ends what is left and deletes the home.
  void erase() throws IOException, InterruptedException {
    if (Files.notExists(place)) {
      return;
    }
    if (isAlive()) {
      kill9();
    }
    EmbeddedSettings.below(home).erase();
    processes().forEach(ProcessHandle::destroyForcibly);
    delete(place);
  }

  private static void delete(Path directory) throws IOException {
    try (var below = Files.walk(directory)) {
      for (var file : below.toList().reversed()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /// The settings of a product that may reach fixtures on this machine and uses that model.
  static Map<String, String> settings(URI model) {
    var settings = new HashMap<String, String>();
    settings.put("TOOLWRIGHT_EGRESS_ALLOW", "127.0.0.1");
    settings.put("OPENAI_BASE_URL", model.toString());
    settings.put("OPENAI_API_KEY", "sk-test");
    return settings;
  }
}
