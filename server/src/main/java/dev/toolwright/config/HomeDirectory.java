package dev.toolwright.config;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The server's own directory, readable by its user only, and held by one server at a time: the
/// system lets go of it when the process ends, however it ends.
public final class HomeDirectory implements AutoCloseable {
  private final Path path;
  private final FileChannel lock;

  private HomeDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /// Creates what is missing and takes the lock.
  ///
  /// @throws SettingsFault when the directory cannot be used or another server holds it
  public static HomeDirectory open(Path home) {
    try {
      var privately = PosixFilePermissions.fromString("rwx------");
      Files.createDirectories(home);
      Files.setPosixFilePermissions(home, privately);
      Files.createDirectories(home.resolve("tmp"));
      var channel =
          FileChannel.open(
              home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (locked(channel) == null) {
        channel.close();
        throw new SettingsFault(
            List.of(
                "Another Toolwright server is using %s: stop it, or start this one with another --home"
                    .formatted(home)));
      }
      return new HomeDirectory(home, channel);
    } catch (IOException e) {
      throw new SettingsFault(
          List.of(
              "The home %s cannot be used: it must be a directory that this user may write; choose another with --home"
                  .formatted(home)));
    }
  }

  /// Whether a server is using this home now.
  public static boolean isInUse(Path home) {
    if (!Files.exists(home.resolve("lock"))) {
      return false;
    }
    try (var channel = FileChannel.open(home.resolve("lock"), StandardOpenOption.WRITE);
        var free = locked(channel)) {
      return free == null;
    } catch (IOException e) {
      return false;
    }
  }

  /// The directory itself, absolute.
  public Path path() {
    return path;
  }

  private static @Nullable FileLock locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      // The process ends now and the system lets go.
      return;
    }
  }
}
