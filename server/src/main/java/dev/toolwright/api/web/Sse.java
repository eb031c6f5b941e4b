package dev.toolwright.api.web;

import org.jspecify.annotations.Nullable;

/// A stream of Server-Sent Events. Each write is sent at once; to a client that has gone it does
/// nothing, so look at `closed`. A quiet stream is only found gone by writing `comment`: do so
/// every 15 seconds.
public interface Sse {
  /// @param id what the client sends back as `Last-Event-ID`
  void event(@Nullable String id, String type, Object jsonData);

  void comment();

  /// Whether to stop: the client has gone, or the server is draining.
  boolean closed();
}
