package dev.toolwright.database.embedded;

import dev.toolwright.json.Ids;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The private state beside a data directory: passwords, the cluster's identity and its port. While
/// it is open no other process can open it.
final class State implements AutoCloseable {
  static final String SUPERUSER_PASSWORD = "superuser-password";
  static final String APPLICATION_PASSWORD = "password";
  static final String CLUSTER_ID = "cluster-id";
  static final String PORT = "port";
  static final String PREPARED = "prepared";

  private final Path home;
  private final FileChannel lock;

  private State(Path home, FileChannel lock) {
    this.home = home;
    this.lock = lock;
  }

  static State open(Path home) throws IOException {
    Permissions.privateDirectory(home);
    var channel =
        FileChannel.open(home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (locked(channel) == null) {
      channel.close();
      throw new EmbeddedPostgresException(
          "Another Toolwright server is using "
              + home
              + ": stop it, or start this one with another --home");
    }
    return new State(home, channel);
  }

  private static @Nullable FileLock locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Optional<String> read(String name) throws IOException {
    var file = home.resolve(name);
    return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
  }

  void write(String name, String value) throws IOException {
    Permissions.write(home.resolve(name), value + "\n");
  }

  void forget(String name) throws IOException {
    Files.deleteIfExists(home.resolve(name));
  }

  /// The password kept under `name`, drawn at random the first time.
  String password(String name) throws IOException {
    var known = read(name);
    if (known.isPresent()) {
      return known.get();
    }
    var password = Ids.random(24);
    write(name, password);
    return password;
  }

  Path file(String name) {
    return home.resolve(name);
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new EmbeddedPostgresException("Cannot release the lock in " + home, e);
    }
  }
}
