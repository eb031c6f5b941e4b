import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// What the product's processes take of the machine, from `/proc`: processor time and resident memory of the server, its
/// PostgreSQL and its sandbox.
final class Usage {
  private static final Pattern PSS = Pattern.compile("(?m)^Pss:\\s+(\\d+)");
  private static final double TICK_MICROS = 10_000;

  private final long server;
  private final long postgres;
  private final Connection database;

  /// @param server its process id
  /// @param postgres its process id
  Usage(long server, long postgres, Connection database) {
    this.server = server;
    this.postgres = postgres;
    this.database = database;
  }

  enum Part {
    SERVER,
    POSTGRESQL,
    SANDBOX,
    CLIENT;

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Since the processes began: microseconds of processor time, and commits.
  record Totals(Map<Part, Double> micros, long commits) {
    /// For each of the calls made since then.
    Map<Part, Double> micros(Totals before, int calls) {
      var each = new EnumMap<Part, Double>(Part.class);
      for (var part : Part.values()) {
        each.put(part, (micros.getOrDefault(part, 0.0) - before.micros.getOrDefault(part, 0.0)) / calls);
      }
      return each;
    }
  }

  Totals now() throws IOException, SQLException {
    var micros = new EnumMap<Part, Double>(Part.class);
    for (var process : ProcessHandle.allProcesses().toList()) {
      var part = part(process);
      if (part != null) {
        micros.merge(part, ticks(process.pid()) * TICK_MICROS, Double::sum);
      }
    }
    return new Totals(micros, commits());
  }

  /// MiB, by part; memory that several processes share is counted once.
  Map<Part, Long> memory() throws IOException {
    var kib = new EnumMap<Part, Long>(Part.class);
    for (var process : ProcessHandle.allProcesses().toList()) {
      var part = part(process);
      if (part != null && part != Part.CLIENT) {
        var found = PSS.matcher(read(Path.of("/proc/" + process.pid() + "/smaps_rollup")));
        kib.merge(part, found.find() ? Long.parseLong(found.group(1)) : 0, Long::sum);
      }
    }
    kib.replaceAll((_, size) -> size / 1024);
    return kib;
  }

  private Part part(ProcessHandle process) {
    if (process.pid() == ProcessHandle.current().pid()) {
      return Part.CLIENT;
    }
    if (process.pid() == server) {
      return Part.SERVER;
    }
    if (process.pid() == postgres || descends(process, postgres)) {
      return Part.POSTGRESQL;
    }
    return descends(process, server) ? Part.SANDBOX : null;
  }

  private static boolean descends(ProcessHandle process, long ancestor) {
    var parent = process.parent();
    while (parent.isPresent() && parent.get().pid() != ancestor) {
      parent = parent.get().parent();
    }
    return parent.isPresent();
  }

  /// Of the process and of its children that have ended.
  private static long ticks(long pid) throws IOException {
    var stat = read(Path.of("/proc/" + pid + "/stat"));
    var fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
    var ticks = 0L;
    for (var i = 11; i < 15 && fields.length > 15; i++) {
      ticks += Long.parseLong(fields[i]);
    }
    return ticks;
  }

  /// Empty for a process that has ended meanwhile.
  private static String read(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      if (Files.exists(file.getParent())) {
        throw e;
      }
      return "";
    }
  }

  /// Each session adds to it only once a second.
  private long commits() throws SQLException {
    try (var statement = database.createStatement();
        var rows =
            statement.executeQuery("select xact_commit from pg_stat_database where datname = current_database()")) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
