package dev.toolwright.catalog;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the catalogue knows of a tool beside its definition.
///
/// @param scope as it was asked for: `public`, `org`, `private`
/// @param statusMessage why it is in error; null: nobody said
/// @param connectionId of the server that has it; null: a built-in
/// @param transport `sse` or `http`; null: a built-in
/// @param port the container's own; null: a built-in
/// @param environment names of the container's variables, with the ids of their values in the vault
/// @param approved whether an admin lets its image run
/// @param lastHealthCheck the last one that succeeded
/// @param failures in a row
public record Service(
    String scope,
    Status status,
    @Nullable String statusMessage,
    @Nullable String connectionId,
    @Nullable String transport,
    @Nullable String dockerImage,
    @Nullable Integer port,
    @Nullable String healthEndpoint,
    Map<String, String> environment,
    boolean approved,
    String updatedBy,
    @Nullable Instant lastHealthCheck,
    int failures) {
  public Service {
    environment = Map.copyOf(environment);
  }

  /// The same, saved by another.
  Service by(String userId) {
    return new Service(
        scope,
        status,
        statusMessage,
        connectionId,
        transport,
        dockerImage,
        port,
        healthEndpoint,
        environment,
        approved,
        userId,
        lastHealthCheck,
        failures);
  }

  /// The same without where it is served from, which is nobody else's business.
  Service withoutPlace() {
    return new Service(
        scope,
        status,
        null,
        null,
        transport,
        null,
        null,
        null,
        Map.of(),
        false,
        "",
        lastHealthCheck,
        0);
  }
}
