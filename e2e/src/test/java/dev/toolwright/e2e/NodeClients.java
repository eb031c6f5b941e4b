package dev.toolwright.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Programs that others wrote for Node.js, installed from `mcp-clients` with the versions in its
/// lock file.
final class NodeClients {
  private static final Path SOURCES = Path.of("mcp-clients").toAbsolutePath();
  private static final Path CLIENTS = Path.of("target/mcp-clients").toAbsolutePath();
  private static final Duration INSTALLED_WITHIN = Duration.ofMinutes(3);

  private NodeClients() {}

  /// Skips the tests, and says so, where there is no npm.
  static void install() throws Exception {
    if (!isOnPath("npm")) {
      System.out.println("npm is not installed: foreign MCP clients were not tried");
    }
    assumeTrue(isOnPath("npm"), "npm is not installed");
    Files.createDirectories(CLIENTS);
    try (var scripts = Files.newDirectoryStream(SOURCES, "*.{mjs,yml}")) {
      for (var script : scripts) {
        copy(script.getFileName().toString());
      }
    }
    var changed = copy("package.json");
    changed |= copy("package-lock.json");
    if (changed || Files.notExists(CLIENTS.resolve("node_modules/.package-lock.json"))) {
      run(INSTALLED_WITHIN, List.of("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"));
    }
  }

  /// A directory with the packages of another lock file installed, for a container.
  static Path packages(String name) throws Exception {
    var target = Path.of("target", name).toAbsolutePath();
    Files.createDirectories(target);
    for (var file : List.of("package.json", "package-lock.json")) {
      Files.copy(Path.of(name, file), target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    run(
        INSTALLED_WITHIN,
        List.of(
            "npm",
            "ci",
            "--prefix",
            target.toString(),
            "--no-audit",
            "--no-fund",
            "--loglevel=error"));
    return target;
  }

  /// The path of an installed program.
  static String program(String name) {
    return CLIENTS.resolve("node_modules/.bin").resolve(name).toString();
  }

  /// A program in the directory of the clients, to be started.
  static ProcessBuilder builder(List<String> command) {
    var builder = new ProcessBuilder(command).directory(CLIENTS.toFile());
    // The installed Node.js is newer than what the machine may have.
    builder
        .environment()
        .merge(
            "PATH",
            CLIENTS.resolve("node_modules/.bin").toString(),
            (old, first) -> first + ":" + old);
    return builder;
  }

  /// What the command printed, when it succeeded in time.
  static String run(Duration within, List<String> command) throws Exception {
    return run(within, builder(command));
  }

  static String run(Duration within, ProcessBuilder builder) throws Exception {
    var command = builder.command();
    var output = Files.createTempFile(CLIENTS, "output", "");
    var errors = Files.createTempFile(CLIENTS, "errors", "");
    var process = builder.redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
    try {
      assertThat(process.waitFor(within.toSeconds(), TimeUnit.SECONDS))
          .as("%s within %s: %s", command, within, Files.readString(errors))
          .isTrue();
      assertThat(process.exitValue())
          .as("%s: %s%s", command, Files.readString(output), Files.readString(errors))
          .isEqualTo(0);
      return Files.readString(output, StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
      Files.deleteIfExists(errors);
    }
  }

  /// Whether the file was new or changed.
  private static boolean copy(String name) throws IOException {
    var from = SOURCES.resolve(name);
    var to = CLIENTS.resolve(name);
    if (Files.exists(to) && Files.mismatch(from, to) < 0) {
      return false;
    }
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    return true;
  }

  private static boolean isOnPath(String program) {
    return List.of(System.getenv("PATH").split(":", -1)).stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory).resolve(program)));
  }
}
