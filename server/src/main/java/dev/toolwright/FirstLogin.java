package dev.toolwright;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/// What `first-login.txt` says: who the first admin is. Only the server's own user can read it.
///
/// @param token empty when the file has none
record FirstLogin(String username, String password, String token) {
  static final String FILE = "first-login.txt";

  /// Empty when there is no such file.
  static Optional<FirstLogin> read(Path home) {
    try {
      var file = home.resolve(FILE);
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      var lines = Files.readAllLines(file);
      return Optional.of(
          new FirstLogin(
              value(lines, "username"), value(lines, "password"), value(lines, "token")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String value(Iterable<String> lines, String name) {
    for (var line : lines) {
      if (line.startsWith(name + "=")) {
        return line.substring(name.length() + 1).strip();
      }
    }
    return "";
  }

  /// Replaces the file at once; it is on the disk when this returns.
  void write(Path home) {
    try {
      var file = home.resolve(FILE);
      var fresh = home.resolve(FILE + ".new");
      Files.deleteIfExists(fresh);
      Files.createFile(
          fresh,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          fresh,
          "username=%s%npassword=%s%ntoken=%s%n".formatted(username, password, token),
          StandardOpenOption.WRITE,
          StandardOpenOption.SYNC);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return "FirstLogin[" + username + "]";
  }
}
