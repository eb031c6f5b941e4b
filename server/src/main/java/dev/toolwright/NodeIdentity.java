package dev.toolwright;

import dev.toolwright.json.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What tells this home's node from every other, also after a restart: earlier boots from the same
/// home are dead for certain, because the home is locked.
final class NodeIdentity {
  private NodeIdentity() {}

  static String of(Path home) {
    var file = home.resolve("node-id");
    try {
      if (!Files.exists(file)) {
        Files.writeString(file, Ids.random(6));
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
