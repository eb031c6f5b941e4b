package dev.toolwright.container;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// Where engines usually listen.
final class Sockets {
  private Sockets() {}

  /// The addresses of those that are there, the one that the environment names first.
  static Stream<String> usual() {
    var told =
        Optional.ofNullable(System.getenv("DOCKER_HOST")).filter(one -> one.startsWith("unix://"));
    var own = Optional.ofNullable(System.getenv("XDG_RUNTIME_DIR")).stream();
    var all =
        Stream.concat(
            Stream.of("/var/run/docker.sock", "/run/podman/podman.sock"),
            own.flatMap(home -> Stream.of(home + "/podman/podman.sock", home + "/docker.sock")));
    return Stream.concat(
        told.stream(),
        all.filter(path -> Files.exists(Path.of(path))).map(path -> "unix://" + path));
  }
}
