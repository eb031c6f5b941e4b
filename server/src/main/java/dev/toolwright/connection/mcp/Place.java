package dev.toolwright.connection.mcp;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Where the server of a connection is that may run in a container here.
public sealed interface Place {
  /// The container's id; null: there is none now.
  default @Nullable String containerId() {
    return null;
  }

  /// Not in a container: at the connection's own address.
  ///
  /// @param why a clause that follows what is wrong with that address
  record Outside(String why) implements Place {}

  /// Its container is being made.
  record Starting() implements Place {}

  /// @param address without a path
  /// @param since when it was started
  record Running(String containerId, URI address, Instant since) implements Place {}

  /// Its container does not run.
  ///
  /// @param says why, in a sentence
  record Failed(@Nullable String containerId, String says) implements Place {}
}
