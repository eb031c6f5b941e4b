package dev.toolwright.sandbox;

import dev.toolwright.json.Ids;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// The worker program, copied out of the server to where the worker user can read it, and a file
/// beside it that no tool must ever read.
final class WorkerFiles {
  private static final List<String> NAMES =
      List.of("zygote.py", "child.py", "confine.py", "fetch.py");

  private final Path directory;
  private final Path programs;
  private final Path canary;
  private final String secret = Ids.random(16);

  private WorkerFiles(Path directory) {
    this.directory = directory;
    this.programs = directory.resolve("python");
    this.canary = directory.resolve("canary");
  }

  static WorkerFiles in(Path directory) throws Unfit {
    var files = new WorkerFiles(directory.toAbsolutePath());
    try {
      files.write();
    } catch (IOException e) {
      throw Unfit.passing(
          "The sandbox cannot write its files to " + directory + ".",
          "Make that folder writable for the server.");
    }
    return files;
  }

  private void write() throws IOException {
    Files.createDirectories(programs);
    for (var folder : List.of(directory, programs)) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    for (var name : NAMES) {
      place(programs.resolve(name), resource(name));
    }
    place(canary, secret);
  }

  /// Replaces a file at once: another server on this host may be reading it.
  private static void place(Path file, String text) throws IOException {
    var fresh = Files.createTempFile(file.resolveSibling(".").normalize(), ".", ".new");
    Files.writeString(fresh, text);
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  static String resource(String name) {
    try (var in = WorkerFiles.class.getResourceAsStream("/sandbox/python/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the build left out " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + name, e);
    }
  }

  Path programs() {
    return programs;
  }

  Path zygote() {
    return programs.resolve("zygote.py");
  }

  Path canary() {
    return canary;
  }
}
