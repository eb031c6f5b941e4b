package dev.toolwright.database.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Directories and files that nobody else may read.
final class Permissions {
  static final Set<PosixFilePermission> PRIVATE_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  static final Set<PosixFilePermission> PRIVATE_FILE = PosixFilePermissions.fromString("rw-------");
  static final Set<PosixFilePermission> PUBLIC_DIRECTORY =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private Permissions() {}

  /// Creates `path` if it is missing; in any case only its owner may enter.
  static void privateDirectory(Path path) throws IOException {
    publicDirectory(path.getParent());
    Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY));
    Files.setPosixFilePermissions(path, PRIVATE_DIRECTORY);
  }

  /// Creates what is missing of `path` so that every user may pass; what exists is left as it is.
  static void publicDirectory(@Nullable Path path) throws IOException {
    if (path == null || Files.isDirectory(path)) {
      return;
    }
    publicDirectory(path.getParent());
    Files.createDirectories(path);
    Files.setPosixFilePermissions(path, PUBLIC_DIRECTORY);
  }

  /// Replaces `path` at once: a reader sees the old text or the new, never half. A link planted in
  /// its place is replaced, not followed.
  static void write(Path path, String text) throws IOException {
    var fresh =
        Files.createTempFile(
            path.toAbsolutePath().getParent(),
            "." + path.getFileName(),
            "",
            PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
    try {
      Files.writeString(fresh, text);
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /// Removes `path` and everything below it, not following links.
  static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (var below = Files.walk(path)) {
      for (var file : below.toList().reversed()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
