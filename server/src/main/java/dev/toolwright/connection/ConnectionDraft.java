package dev.toolwright.connection;

import dev.toolwright.connection.Connection.Probe;
import dev.toolwright.connection.Connection.RateLimit;
import dev.toolwright.connection.Connection.Retry;
import dev.toolwright.connection.Connection.Sharing;
import dev.toolwright.definition.Visibility;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What somebody wants a connection to be: everything for a new one, only the changes for an
/// existing one (null: as it is).
public record ConnectionDraft(
    @Nullable String name,
    @Nullable String title,
    @Nullable String description,
    @Nullable String apiType,
    @Nullable String baseUrl,
    @Nullable AuthDraft auth,
    @Nullable Map<String, String> headers,
    @Nullable Sharing sharing,
    @Nullable Visibility visibility,
    @Nullable String credentialId,
    @Nullable Integer timeoutMs,
    @Nullable Retry retry,
    @Nullable RateLimit rateLimit,
    @Nullable Integer maxConcurrent,
    @Nullable Probe probe) {
  /// A connection of which only the most necessary is said.
  ///
  /// @param headers null: none
  public static ConnectionDraft of(
      @Nullable String name,
      @Nullable String title,
      @Nullable String description,
      String apiType,
      @Nullable String baseUrl,
      AuthDraft auth,
      @Nullable Map<String, String> headers) {
    return new ConnectionDraft(
        name,
        title,
        description,
        apiType,
        baseUrl,
        auth,
        headers,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }
}
