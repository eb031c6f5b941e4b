package dev.toolwright.tool;

import dev.toolwright.definition.Visibility;
import dev.toolwright.vault.Secret;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What somebody wants a tool to be: everything for a new one, only the changes for an existing one
/// (null: as it is).
///
/// @param secret for the configuration's authentication; it goes to the vault when the tool is
///   saved
/// @param keepSecret the configuration's authentication keeps what is stored: the secret of a
///   bearer, or all of it when nothing was said of it
public record ToolDraft(
    @Nullable String name,
    @Nullable String description,
    @Nullable String category,
    @Nullable Config config,
    @Nullable ObjectNode parametersSchema,
    Behavior.@Nullable Change behavior,
    @Nullable Integer timeoutMs,
    @Nullable Boolean requiresAuth,
    @Nullable Visibility visibility,
    @Nullable Secret secret,
    boolean keepSecret) {
  /// The same with another configuration.
  ToolDraft with(Config other) {
    return new ToolDraft(
        name,
        description,
        category,
        other,
        parametersSchema,
        behavior,
        timeoutMs,
        requiresAuth,
        visibility,
        secret,
        keepSecret);
  }
}
