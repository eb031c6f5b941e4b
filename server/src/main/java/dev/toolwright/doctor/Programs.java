package dev.toolwright.doctor;

import dev.toolwright.config.Settings;
import dev.toolwright.database.embedded.EmbeddedPostgresException;
import dev.toolwright.database.embedded.ServerUser;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Checks of the programs that Toolwright calls.
record Programs(Settings settings) {
  private static final int LEAST_PYTHON_MINOR = 10;
  private static final Pattern PYTHON = Pattern.compile("Python 3\\.(\\d+)\\.\\S+");

  Check java() {
    return Check.fine(
        "JDK",
        "Java %s (%s)".formatted(Runtime.version(), System.getProperty("java.vendor", "unknown")));
  }

  Check python() {
    var name = "python3";
    var fix =
        "install python3 3.10 or newer for all users (such as apt install python3), or set"
            + " TOOLWRIGHT_PYTHON to one";
    var tried = new LinkedHashSet<Path>();
    settings.python().ifPresent(tried::add);
    if (tried.isEmpty()) {
      tried.add(Path.of("/usr/bin/python3"));
      tried.add(Path.of("/usr/local/bin/python3"));
      onPath("python3").ifPresent(tried::add);
    }
    for (var python : tried) {
      if (!Files.isExecutable(python)) {
        continue;
      }
      var version = asWorker(python).flatMap(Programs::pythonVersion);
      if (version.isPresent()) {
        return Check.fine(name, version.get() + " at " + python);
      }
    }
    return Check.broken(
        name, "no python3 3.10 or newer that tool programs may run (tried " + tried + ")", fix);
  }

  Check bubblewrap() {
    var bwrap = onPath("bwrap");
    if (bwrap.isEmpty()) {
      return Check.absent("bubblewrap", "not installed; it is optional", "");
    }
    var works =
        output(List.of(bwrap.get().toString(), "--ro-bind", "/", "/", "--unshare-pid", "true"));
    return works.isPresent()
        ? Check.fine("bubblewrap", "works as a second wall around tool programs")
        : Check.absent("bubblewrap", "installed, but this system forbids it; it is optional", "");
  }

  Check unprivileged() {
    var name = "user change";
    if (!ServerUser.startedByRoot()) {
      return Check.fine(name, "not needed: Toolwright does not run as root");
    }
    return workerPrefix(Path.of("/bin/true"))
        .map(user ->
            Check.fine(
                name,
                "as root, PostgreSQL and tool programs run by way of " + user.prefix().getFirst()))
        .orElseGet(() ->
            Check.broken(
                name,
                "Toolwright runs as root and cannot start programs as another user",
                "install setpriv (package util-linux), or run Toolwright as another user"));
  }

  Check maven() {
    return onPath("mvn")
        .map(path -> Check.fine("Maven", "at " + path + " (only for building)"))
        .orElseGet(() -> Check.absent("Maven", "not installed; only building needs it", ""));
  }

  Check node() {
    return onPath("node")
        .map(path -> Check.fine("Node", "at " + path + " (only for some tests)"))
        .orElseGet(() -> Check.absent("Node", "not installed; only some tests use it", ""));
  }

  private static Optional<String> pythonVersion(String output) {
    var matcher = PYTHON.matcher(output);
    return matcher.find() && Integer.parseInt(matcher.group(1)) >= LEAST_PYTHON_MINOR
        ? Optional.of(matcher.group())
        : Optional.empty();
  }

  /// What `program --version` prints when the user of tool programs runs it.
  private static Optional<String> asWorker(Path program) {
    return workerPrefix(program)
        .flatMap(user -> output(user.command(program, List.of("--version"))));
  }

  private static Optional<ServerUser> workerPrefix(Path program) {
    try {
      return Optional.of(ServerUser.able(program));
    } catch (EmbeddedPostgresException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static Optional<Path> onPath(String program) {
    var path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .filter(directory -> !directory.isBlank())
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// What a program that ends within five seconds with success prints.
  private static Optional<String> output(List<String> words) {
    try {
      var process =
          new ProcessBuilder(words).directory(new File("/")).redirectErrorStream(true).start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(5, TimeUnit.SECONDS) || process.exitValue() != 0) {
          return Optional.empty();
        }
        return Optional.of(
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
