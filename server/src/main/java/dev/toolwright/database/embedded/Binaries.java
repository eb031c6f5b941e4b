package dev.toolwright.database.embedded;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/// The PostgreSQL programs: an installed PostgreSQL's, or ours unpacked once from the class path.
final class Binaries {
  private Binaries() {}

  /// The directory that holds `postgres`, `initdb` and `pg_ctl`. Unpacks when needed, into a
  /// directory of its own that is then renamed: starts at the same time disturb nobody.
  static Path directory(Path binaries) throws IOException, InterruptedException {
    if (Files.isExecutable(binaries.resolve("bin/postgres"))) {
      return binaries.resolve("bin");
    }
    var archive = archive();
    if (archive == null) {
      throw new EmbeddedPostgresException(
          "There is no bundled PostgreSQL for this machine ("
              + archiveName()
              + "): set TOOLWRIGHT_POSTGRES_HOME to an installed one, or"
              + " TOOLWRIGHT_DATABASE_URL=postgresql://user:password@host:5432/database");
    }
    var unpacked = binaries.resolve(fingerprint(archive));
    if (!Files.isExecutable(unpacked.resolve("bin/postgres"))) {
      Permissions.publicDirectory(binaries);
      unpack(archive, unpacked);
    }
    return unpacked.resolve("bin");
  }

  private static void unpack(URL archive, Path target) throws IOException, InterruptedException {
    var fresh = Files.createTempDirectory(target.getParent(), "unpacking-");
    try {
      Files.setPosixFilePermissions(fresh, Permissions.PUBLIC_DIRECTORY);
      try (var tar =
          new TarArchiveInputStream(
              new XZInputStream(new BufferedInputStream(archive.openStream())))) {
        for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
          if (wanted(entry.getName())) {
            unpack(tar, entry, fresh);
          }
        }
      }
      // A power cut after the rename must not leave empty programs behind; best effort.
      Command.run(fresh, 60, List.of("sync", "-f", fresh.toString()));
      Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!Files.isExecutable(target.resolve("bin/postgres"))) {
        throw e;
      }
    } finally {
      Permissions.delete(fresh);
    }
  }

  /// Headers and static libraries serve only those who compile against PostgreSQL.
  private static boolean wanted(String name) {
    return !name.contains("include/") && !name.contains("pgxs/") && !name.endsWith(".a");
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path root)
      throws IOException {
    var path = root.resolve(entry.getName()).normalize();
    if (!path.startsWith(root)) {
      throw new IOException("The PostgreSQL archive names a file outside of itself");
    }
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      Files.setPosixFilePermissions(path, Permissions.PUBLIC_DIRECTORY);
      return;
    }
    Files.createDirectories(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else {
      Files.copy(tar, path);
      var runnable = (entry.getMode() & 0100) != 0;
      Files.setPosixFilePermissions(
          path, PosixFilePermissions.fromString(runnable ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }

  static @Nullable URL archive() {
    return Binaries.class.getResource("/" + archiveName());
  }

  private static String archiveName() {
    var system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    var arm = System.getProperty("os.arch", "").equals("aarch64");
    return "postgres-"
        + (system.startsWith("mac") ? "darwin" : "linux")
        + (arm ? "-arm_64" : "-x86_64")
        + ".txz";
  }

  /// Another release brings another archive, which is unpacked beside the old one.
  private static String fingerprint(URL archive) throws IOException {
    var connection = archive.openConnection();
    var number =
        connection instanceof JarURLConnection jar
            ? jar.getJarEntry().getCrc()
            : connection.getContentLengthLong();
    return "bundled-" + Long.toHexString(number);
  }
}
