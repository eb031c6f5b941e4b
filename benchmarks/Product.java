import dev.toolwright.database.embedded.EmbeddedSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// The packaged product in a home that is deleted at the end, with the database that it starts itself: durable, fsync on.
final class Product implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("ready at http://127\\.0\\.0\\.1:(\\d+)");

  private final Path launcher;
  private final Path home;
  private final int echo;
  private final String role;

  /// Null for one with a database of its own.
  private final Product first;

  private Process process;
  private int port;

  /// @param directory of the packaged product
  /// @param echo the port of the service that its tools may reach
  /// @param role what it does: `api`, `worker` or both
  /// @param first the server whose database it shares; null: it has its own
  Product(Path directory, int echo, String role, Product first) throws IOException {
    this.launcher = directory.resolve("toolwright");
    this.home = Files.createTempDirectory("toolwright-bench-");
    this.echo = echo;
    this.role = role;
    this.first = first;
    if (first != null) {
      Files.copy(first.home.resolve("master.key"), home.resolve("master.key"));
    }
  }

  /// Seconds from the command to the line that says that it is ready.
  ///
  /// @param train whether it may train its class cache
  double start(boolean train) throws IOException {
    var builder =
        new ProcessBuilder(
            launcher.toString(), "serve", "--home", home.toString(), "--port", "0",
            "--aot", train ? "on" : "off", "--egress-allow", "127.0.0.1:" + echo, "--role", role);
    builder.environment().keySet().removeIf(name -> name.matches("(TOOLWRIGHT|OPENAI|AZURE_OPENAI|ANTHROPIC|OLLAMA)_.*"));
    if (first != null) {
      builder.environment().put("TOOLWRIGHT_DATABASE_URL", first.databaseUrl());
      builder.environment().put("TOOLWRIGHT_NODE_NAME", home.getFileName().toString());
    }
    var options = System.getenv("TOOLWRIGHT_JAVA_OPTS");
    if (options != null) {
      builder.environment().put("TOOLWRIGHT_JAVA_OPTS", options);
    }
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    var began = System.nanoTime();
    process = builder.start();
    var lines = process.inputReader(StandardCharsets.UTF_8);
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      var ready = READY.matcher(line);
      if (ready.find()) {
        var taken = (System.nanoTime() - began) / 1e9;
        port = Integer.parseInt(ready.group(1));
        Thread.ofVirtual().start(() -> ignore(lines));
        return taken;
      }
    }
    throw new IOException("The product did not start: see " + home.resolve("log"));
  }

  private static void ignore(BufferedReader lines) {
    try {
      lines.transferTo(java.io.Writer.nullWriter());
    } catch (IOException e) {
      // It has ended.
    }
  }

  void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  int port() {
    return port;
  }

  /// The first admin's.
  String token() throws IOException {
    var login = new Properties();
    try (var file = Files.newBufferedReader(home.resolve("first-login.txt"))) {
      login.load(file);
    }
    return login.getProperty("token");
  }

  /// Waits until its class cache is trained.
  ///
  /// @return false when that takes longer than four minutes
  boolean awaitClassCache() throws IOException, InterruptedException {
    for (var i = 0; i < 480; i++) {
      if (Files.isDirectory(home.resolve("aot"))) {
        try (var files = Files.list(home.resolve("aot"))) {
          if (files.anyMatch(file -> file.toString().endsWith(".aot"))) {
            return true;
          }
        }
      }
      TimeUnit.MILLISECONDS.sleep(500);
    }
    return false;
  }

  private String databaseUrl() throws IOException {
    var state = home.resolve("postgres");
    return "postgresql://toolwright:%s@127.0.0.1:%s/toolwright"
        .formatted(
            Files.readString(state.resolve("password")).strip(), Files.readString(state.resolve("port")).strip());
  }

  Connection database() throws IOException, SQLException {
    var state = home.resolve("postgres");
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + Files.readString(state.resolve("port")).strip() + "/toolwright",
        "toolwright",
        Files.readString(state.resolve("password")).strip());
  }

  Usage usage(Connection database) throws IOException {
    var file = EmbeddedSettings.below(home).data().resolve("postmaster.pid");
    return new Usage(process.pid(), Long.parseLong(Files.readAllLines(file).getFirst()), database);
  }

  /// Stops it and deletes all that it made.
  @Override
  public void close() throws IOException, InterruptedException {
    if (process != null && process.isAlive()) {
      stop();
    }
    EmbeddedSettings.below(home).erase();
    try (var below = Files.walk(home)) {
      for (var file : below.toList().reversed()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
