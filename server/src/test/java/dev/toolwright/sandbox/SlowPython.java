package dev.toolwright.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// An interpreter that does something else first.
public final class SlowPython {
  private SlowPython() {}

  /// Writes the interpreter.
  ///
  /// @param folder one that every user can reach
  /// @param line what it does first, in the language of the shell
  public static Path in(Path folder, String line) throws IOException {
    var bin = Files.createDirectories(folder.resolve("slow/bin"));
    var python = bin.resolve("python3");
    Files.writeString(python, "#!/bin/sh\n" + line + "\nexec python3 \"$@\"\n");
    for (var path : new Path[] {bin.resolveSibling(""), bin, python}) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return python;
  }
}
