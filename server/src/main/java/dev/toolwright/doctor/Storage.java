package dev.toolwright.doctor;

import dev.toolwright.config.Settings;
import dev.toolwright.database.DatabaseProbe;
import dev.toolwright.database.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Checks of where data is kept.
record Storage(Settings settings) {
  private static final long NEEDED = 1L << 30;

  Check home() {
    var home = settings.home();
    if (Files.isDirectory(existing(home)) && Files.isWritable(existing(home))) {
      return Check.fine("home", home + (Files.exists(home) ? "" : " (made at the first start)"));
    }
    return Check.broken(
        "home", home + " cannot be written by this user", "choose another with --home");
  }

  Check space() {
    try {
      var free = Files.getFileStore(existing(settings.home())).getUsableSpace();
      var text = "%.1f GB free".formatted(free / 1e9);
      return free >= NEEDED
          ? Check.fine("disk", text)
          : Check.broken("disk", text, "make at least 1 GB free, or choose another --home");
    } catch (IOException e) {
      return Check.absent("disk", "the free space cannot be read", "");
    }
  }

  Check postgresql() {
    var name = "PostgreSQL";
    if (settings.databaseAddress().isPresent()) {
      var probe = DatabaseProbe.of(settings.databaseAddress().get());
      return probe.reached()
          ? Check.fine(name, probe.detail() + ", of TOOLWRIGHT_DATABASE_URL")
          : Check.broken(
              name,
              "the database of TOOLWRIGHT_DATABASE_URL fails: " + probe.detail(),
              "correct the address, or remove it to use the embedded database");
    }
    if (settings.postgresHome().isPresent()) {
      var program = settings.postgresHome().get().resolve("bin/postgres");
      return Files.isExecutable(program)
          ? Check.fine(name, "installed at " + program)
          : Check.broken(
              name,
              program + " is not a program",
              "set TOOLWRIGHT_POSTGRES_HOME to the directory that holds bin/postgres");
    }
    return EmbeddedPostgres.bundled()
        ? Check.fine(name, "bundled")
        : Check.broken(
            name,
            "none is bundled for this machine",
            "set TOOLWRIGHT_POSTGRES_HOME to an installed one, or"
                + " TOOLWRIGHT_DATABASE_URL=postgresql://user:password@host:5432/database");
  }

  /// `path`, or the nearest directory above it that is there.
  private static Path existing(Path path) {
    var parent = path.getParent();
    return Files.exists(path) || parent == null ? path : existing(parent);
  }
}
