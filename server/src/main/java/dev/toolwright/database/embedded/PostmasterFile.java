package dev.toolwright.database.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// What a running or dead PostgreSQL server left in `postmaster.pid`.
///
/// @param status `ready`, `starting`, `stopping`, or empty while the file is being written
record PostmasterFile(long pid, int port, String status) {
  static Optional<PostmasterFile> read(Path data) throws IOException {
    try {
      var lines = Files.readAllLines(data.resolve("postmaster.pid"));
      if (lines.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new PostmasterFile(
              Long.parseLong(lines.getFirst().strip()),
              lines.size() > 3 ? Integer.parseInt(lines.get(3).strip()) : 0,
              lines.size() > 7 ? lines.get(7).strip() : ""));
    } catch (NoSuchFileException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  boolean ready() {
    return status.equals("ready");
  }

  /// Whether the process is alive and a PostgreSQL server on `data`; a process id alone says
  /// nothing, for the system gives a dead process's to the next one.
  boolean serves(Path data) {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .map(ProcessHandle::info)
        .filter(info -> info.command().orElse("").contains("postgres"))
        .flatMap(ProcessHandle.Info::arguments)
        .filter(arguments -> Arrays.asList(arguments).contains(data.toString()))
        .isPresent();
  }

  /// Whether the process id is known to be somebody else's by now, or a dead process's that nobody
  /// has collected. False when the system does not tell.
  boolean belongsToAnotherProgram(Path data) throws IOException {
    var process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    if (process.isEmpty() || serves(data)) {
      return false;
    }
    var status = Path.of("/proc/" + pid + "/stat");
    return process.get().info().arguments().isPresent()
        || (Files.exists(status) && Files.readString(status).contains(") Z "));
  }

  /// Whether the server that wrote this is known to run no more.
  boolean isOver(Path data) throws IOException {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty()
        || belongsToAnotherProgram(data);
  }

  /// Waits at most five seconds until the server on `data` has ended.
  void awaitEnd(Path data) throws InterruptedException {
    for (var i = 0; i < 100 && serves(data); i++) {
      Thread.sleep(50);
    }
  }
}
