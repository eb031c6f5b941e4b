package dev.toolwright.database.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Where a private PostgreSQL lives.
///
/// @param home private state, readable by the starting user only: passwords, cluster id, port, lock
/// @param binaries where the bundled programs are unpacked, or an installed PostgreSQL (the
///   directory that holds `bin/postgres`)
/// @param data the data directory; its parent must not be writable by the user who runs PostgreSQL
/// @param parameters server parameters that override ours, such as `fsync` → `off` in tests
public record EmbeddedSettings(
    Path home, Path binaries, Path data, Map<String, String> parameters) {
  private static final Path SYSTEM_STATE = Path.of("/var/lib/toolwright");

  public EmbeddedSettings {
    home = home.toAbsolutePath().normalize();
    binaries = binaries.toAbsolutePath().normalize();
    data = data.toAbsolutePath().normalize();
    parameters = Map.copyOf(parameters);
  }

  /// The usual places below a Toolwright home. When root starts the server, PostgreSQL runs as an
  /// unprivileged user who cannot reach root's home, so its programs and data are placed below
  /// `/var/lib/toolwright/<hash of home>`.
  public static EmbeddedSettings below(Path home) {
    var state = home.toAbsolutePath().normalize().resolve("postgres");
    var shared = ServerUser.startedByRoot() ? SYSTEM_STATE.resolve(hash(canonical(home))) : state;
    return new EmbeddedSettings(
        state, shared.resolve("postgres-bin"), shared.resolve("pg18"), Map.of());
  }

  /// The same places with an installed PostgreSQL instead of the bundled one.
  public EmbeddedSettings with(Path postgresHome) {
    return new EmbeddedSettings(home, postgresHome, data, parameters);
  }

  /// Ends the server on this data if one was abandoned here, and deletes its state and data: for
  /// servers that were only made to be thrown away.
  public void erase() throws IOException, InterruptedException {
    var file = PostmasterFile.read(data);
    if (file.isPresent() && file.get().serves(data)) {
      Command.run(Path.of("/"), 5, List.of("kill", "-QUIT", Long.toString(file.get().pid())));
      file.get().awaitEnd(data);
    }
    Permissions.delete(home);
    Permissions.delete(data);
    var parent = data.getParent();
    if (parent != null && parent.startsWith(SYSTEM_STATE) && !parent.equals(SYSTEM_STATE)) {
      Permissions.delete(parent);
    }
  }

  private static Path canonical(Path home) {
    try {
      Files.createDirectories(home);
      return home.toRealPath();
    } catch (IOException e) {
      return home.toAbsolutePath().normalize();
    }
  }

  private static String hash(Path home) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var bytes = digest.digest(home.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(bytes, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
