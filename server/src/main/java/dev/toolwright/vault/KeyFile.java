package dev.toolwright.vault;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// The master key on disk: 64 hex digits that only the server's user may read.
record KeyFile(Path path) {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> TOO_MUCH =
      EnumSet.of(
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);
  private static final int MAX_BYTES = 1_000;

  static KeyFile in(Path home) {
    return new KeyFile(home.resolve("master.key"));
  }

  /// The key, or nothing if there is no file.
  ///
  /// @throws VaultRefused if others may read the file or it holds no key
  Optional<MasterKey> read() throws IOException, VaultRefused {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    var permissions = Files.getPosixFilePermissions(path);
    if (permissions.stream().anyMatch(TOO_MUCH::contains)) {
      throw new VaultRefused(
          "The master key " + path + " is open to other users; run: chmod 600 " + path);
    }
    var text =
        Files.size(path) > MAX_BYTES ? "" : Files.readString(path, StandardCharsets.ISO_8859_1);
    return Optional.of(
        MasterKey.parse(text)
            .orElseThrow(() ->
                new VaultRefused(
                    "The master key "
                        + path
                        + " is damaged; it must be 64 hex digits. Restore it from a backup")));
  }

  /// Writes the key so that the file is whole or absent, also after a power failure.
  void write(MasterKey key) throws IOException {
    var draft = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(draft);
    try (var file =
        FileChannel.open(
            draft, Set.of(CREATE_NEW, WRITE), PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      var text = ByteBuffer.wrap((key.text() + "\n").getBytes(StandardCharsets.US_ASCII));
      while (text.hasRemaining()) {
        file.write(text);
      }
      file.force(true);
    }
    Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
    try (var directory = FileChannel.open(path.toAbsolutePath().getParent())) {
      directory.force(true);
    }
  }
}
