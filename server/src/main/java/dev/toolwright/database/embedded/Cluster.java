package dev.toolwright.database.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// A data directory and the programs that work on it.
///
/// @param bin the directory of `postgres`, `initdb` and `pg_ctl`
/// @param major the programs' major version
record Cluster(Path bin, Path data, ServerUser user, int major) {
  private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");
  private static final int FIRST_WITH_BUILTIN_LOCALE = 17;
  private static final int FIRST_WITH_IO_METHOD = 18;
  private static final int MINUTE = 60;

  static Cluster of(EmbeddedSettings settings) throws IOException, InterruptedException {
    var bin = Binaries.directory(settings.binaries());
    var user = ServerUser.able(bin.resolve("postgres"));
    var version =
        Command.run(Path.of("/"), 10, user.command(bin.resolve("postgres"), List.of("--version")));
    var matcher = VERSION.matcher(version.output());
    if (!version.succeeded() || !matcher.find()) {
      throw new EmbeddedPostgresException(
          "The PostgreSQL programs in " + bin + " do not run: " + version.output());
    }
    return new Cluster(bin, settings.data(), user, Integer.parseInt(matcher.group(1)));
  }

  boolean exists() {
    return Files.exists(data.resolve("PG_VERSION"));
  }

  /// Creates the data directory under another name and renames it when it is complete, so that a
  /// start that was killed half-way leaves nothing that looks like a database.
  void create(String password, boolean durable) throws IOException, InterruptedException {
    Permissions.publicDirectory(data.getParent());
    removeLeftovers();
    var fresh = Files.createTempDirectory(data.getParent(), leftoverPrefix());
    Permissions.write(fresh.resolve("password"), password);
    Files.createDirectory(fresh.resolve("data"));
    user.own(fresh);
    var arguments =
        new ArrayList<>(
            List.of(
                "--pgdata=" + fresh.resolve("data"),
                "--username=postgres",
                "--pwfile=" + fresh.resolve("password"),
                "--auth=scram-sha-256",
                "--encoding=UTF8"));
    if (major >= FIRST_WITH_BUILTIN_LOCALE) {
      arguments.addAll(
          List.of("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"));
    } else {
      arguments.add("--locale=C.UTF-8");
    }
    if (!durable) {
      arguments.add("--no-sync");
    }
    var result = run(fresh, "initdb", 2 * MINUTE, arguments);
    if (!result.succeeded()) {
      Permissions.delete(fresh);
      throw new EmbeddedPostgresException(
          "PostgreSQL cannot create a database in " + data + ": " + lastLine(result.output()));
    }
    Files.move(fresh.resolve("data"), data, StandardCopyOption.ATOMIC_MOVE);
    Permissions.delete(fresh);
  }

  /// Refuses data that these programs cannot read or that belongs to somebody else.
  void check() throws IOException {
    var written = Files.readString(data.resolve("PG_VERSION")).strip();
    if (!written.equals(Integer.toString(major))) {
      throw new EmbeddedPostgresException(
          "The data in "
              + data
              + " was written by PostgreSQL "
              + written
              + " and the programs in "
              + bin
              + " are PostgreSQL "
              + major
              + ": use programs of version "
              + written);
    }
    user.own(data);
  }

  /// Starts the server and waits until it accepts connections, crash recovery included.
  Command start(int port, Map<String, String> overrides) throws IOException, InterruptedException {
    Permissions.write(data.resolve("postgresql.conf"), configuration(port, overrides));
    user.own(data.resolve("postgresql.conf"));
    return run(
        data,
        "pg_ctl",
        2 * MINUTE,
        List.of(
            "start",
            "-w",
            "-t",
            "" + MINUTE,
            "-D",
            "" + data,
            "-l",
            "" + data.resolve("start.log")));
  }

  /// Ends all sessions, writes a checkpoint and waits for the end.
  Command stop() throws InterruptedException {
    return run(
        data,
        "pg_ctl",
        2 * MINUTE,
        List.of("stop", "-m", "fast", "-w", "-t", "" + MINUTE, "-D", "" + data));
  }

  /// The last lines that the server wrote when it failed to start.
  String complaint() throws IOException {
    var logs = new ArrayList<>(List.of(data.resolve("start.log")));
    if (Files.isDirectory(data.resolve("log"))) {
      try (var rotated = Files.list(data.resolve("log"))) {
        logs.addAll(rotated.toList());
      }
    }
    var found = new StringBuilder();
    for (var log : logs) {
      if (Files.exists(log)) {
        var lines = Files.readAllLines(log);
        lines.stream()
            .skip(Math.max(0, lines.size() - 5))
            .filter(line -> line.contains("FATAL") || line.contains("could not"))
            .forEach(line -> found.append(line.strip()).append("; "));
      }
    }
    return found.toString();
  }

  private void removeLeftovers() throws IOException {
    try (var siblings = Files.list(data.getParent())) {
      for (var sibling : (Iterable<Path>) siblings::iterator) {
        if (sibling.getFileName().toString().startsWith(leftoverPrefix())) {
          Permissions.delete(sibling);
        }
      }
    }
  }

  private String leftoverPrefix() {
    return data.getFileName() + ".creating-";
  }

  private Command run(Path directory, String program, int seconds, List<String> arguments)
      throws InterruptedException {
    return Command.run(directory, seconds, user.command(bin.resolve(program), arguments));
  }

  /// Small enough for a laptop beside the server; everything that guards data is on.
  private String configuration(int port, Map<String, String> overrides) {
    var values = new TreeMap<String, String>();
    values.putAll(
        Map.of(
            "listen_addresses", "127.0.0.1",
            "port", Integer.toString(port),
            "unix_socket_directories", "",
            "password_encryption", "scram-sha-256",
            "max_connections", "60",
            "timezone", "UTC",
            "log_timezone", "UTC",
            "lc_messages", "C"));
    values.putAll(
        Map.of(
            "shared_buffers", "64MB",
            "effective_cache_size", "256MB",
            "work_mem", "4MB",
            "maintenance_work_mem", "32MB",
            "huge_pages", "off",
            "jit", "off",
            "max_parallel_workers_per_gather", "0",
            // A fresh server plans by guesses until its tables were looked at: soon.
            "autovacuum_naptime", "10s",
            "autovacuum_worker_slots", "4",
            "autovacuum_max_workers", "2"));
    values.putAll(
        Map.of(
            "fsync", "on",
            "wal_level", "minimal",
            "max_wal_senders", "0",
            "min_wal_size", "64MB",
            "max_wal_size", "256MB"));
    // Terse and without statements: both would put users' data into the log.
    values.putAll(
        Map.of(
            "logging_collector", "on",
            "log_directory", "log",
            "log_filename", "server-%a.log",
            "log_truncate_on_rotation", "on",
            "log_rotation_size", "0",
            "log_min_messages", "warning",
            "log_min_error_statement", "panic",
            "log_error_verbosity", "terse"));
    if (major >= FIRST_WITH_IO_METHOD) {
      values.put("io_method", "sync");
    } else {
      values.remove("autovacuum_worker_slots");
    }
    values.putAll(overrides);
    var text = new StringBuilder("# Written by Toolwright at each start; changes here are lost.\n");
    values.forEach((name, value) ->
        text.append(name).append(" = '").append(value.replace("'", "''")).append("'\n"));
    return text.toString();
  }

  private static String lastLine(String output) {
    return output.lines().reduce("", (first, second) -> second.isBlank() ? first : second);
  }
}
