package dev.toolwright.connection;

import java.time.Instant;

/// A credential kept by itself, which connections refer to: how it is shown to a remote, and the
/// names of its secrets.
public record StoredCredential(
    String workspaceId,
    String id,
    String name,
    String description,
    Auth auth,
    Held held,
    String ownerId,
    Instant createdAt,
    Instant updatedAt) {}
