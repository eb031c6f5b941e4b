package dev.toolwright.vault;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The master keys on disk: 64 hex digits a line, in a file that only the server's user may read.
/// What follows a `#` is for people. The newest key comes first.
record KeyFile(Path path) {
  static final String NAME = "master.key";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> TOO_MUCH =
      EnumSet.of(
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);
  private static final int MAX_BYTES = 100_000;

  static KeyFile in(Path home) {
    return new KeyFile(home.resolve(NAME));
  }

  /// The keys; none if there is no file.
  ///
  /// @throws VaultRefused if others may read the file or it holds anything else
  List<MasterKey> read() throws IOException, VaultRefused {
    if (!Files.exists(path)) {
      return List.of();
    }
    var permissions = Files.getPosixFilePermissions(path);
    if (permissions.stream().anyMatch(TOO_MUCH::contains)) {
      throw new VaultRefused(
          "The master key " + path + " is open to other users; run: chmod 600 " + path);
    }
    var keys = Files.size(path) > MAX_BYTES ? List.<MasterKey>of() : parsed();
    if (keys.isEmpty()) {
      throw new VaultRefused(
          "The master key "
              + path
              + " is damaged; each line must be 64 hex digits. Restore it from a backup");
    }
    return keys;
  }

  /// None if there is a line that is no key.
  private List<MasterKey> parsed() throws IOException {
    var keys = new ArrayList<MasterKey>();
    for (var line : Files.readString(path, StandardCharsets.ISO_8859_1).lines().toList()) {
      var text = line.replaceFirst("#.*", "").strip();
      if (!text.isEmpty()) {
        var key = MasterKey.parse(text);
        if (key.isEmpty()) {
          return List.of();
        }
        keys.add(key.get());
      }
    }
    return keys;
  }

  /// Puts a key before those that are there, if it is not one of them. For use within a
  /// transaction, which takes only unchecked exceptions.
  void add(MasterKey key) {
    try {
      var keys = new ArrayList<>(read());
      if (keys.stream().noneMatch(known -> known.id().equals(key.id()))) {
        keys.addFirst(key);
        write(keys);
      }
    } catch (VaultRefused e) {
      throw new UncheckedIOException(new IOException(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Writes so that the file is whole or as it was, also after a power failure.
  private void write(List<MasterKey> keys) throws IOException {
    var lines = new StringBuilder();
    keys.forEach(key -> lines.append(key.text()).append(" # key ").append(key.id()).append('\n'));
    var draft = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(draft);
    try (var file =
        FileChannel.open(
            draft, Set.of(CREATE_NEW, WRITE), PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      var text = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.US_ASCII));
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
