package dev.toolwright.connection.mcp;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Where this node finds the servers that run in containers of its own. Whoever starts them keeps
/// it; a connection that is not here is at its own address.
public final class Places {
  private final Map<String, Place> byConnection = new ConcurrentHashMap<>();

  public Optional<Place> of(@Nullable String connectionId) {
    return connectionId == null
        ? Optional.empty()
        : Optional.ofNullable(byConnection.get(connectionId));
  }

  /// Says where a server will be of which nothing is known yet.
  public void expect(String connectionId, Place place) {
    byConnection.putIfAbsent(connectionId, place);
  }

  /// @return what was there before
  public @Nullable Place put(String connectionId, Place place) {
    return byConnection.put(connectionId, place);
  }

  /// Forgets all others.
  public void keep(Set<String> connectionIds) {
    byConnection.keySet().retainAll(connectionIds);
  }
}
