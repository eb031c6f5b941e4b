package dev.toolwright.catalog;

import dev.toolwright.vault.Secret;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What somebody wants a tool of the catalogue to be: everything for a new one, only the changes
/// for an existing one (null: as it is).
///
/// @param builtin whether it is the server's own; decided when it is made
/// @param environment all there are to be: a value, or null to keep the one that is stored
public record ServiceDraft(
    @Nullable String name,
    boolean builtin,
    @Nullable String description,
    @Nullable String category,
    @Nullable ObjectNode inputSchema,
    @Nullable ObjectNode outputSchema,
    @Nullable Status status,
    @Nullable String scope,
    @Nullable String transport,
    @Nullable String endpoint,
    @Nullable String dockerImage,
    @Nullable Integer port,
    @Nullable String healthEndpoint,
    @Nullable Map<String, @Nullable Secret> environment) {
  /// No change at all.
  static final ServiceDraft NOTHING =
      new ServiceDraft(
          null, false, null, null, null, null, null, null, null, null, null, null, null, null);
}
