package dev.toolwright.definition;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// A tool, agent, workflow … in one of its versions.
///
/// @param kind `tool`, `agent`, `workflow`, `connection`, `endpoint`, `snippet`, `prompt` or
///   `resource`
/// @param version number of the revision whose body this is
public record Definition(
    String workspaceId,
    String id,
    String kind,
    String name,
    String ownerId,
    String ownerName,
    Visibility visibility,
    int version,
    JsonNode body,
    Instant createdAt,
    Instant updatedAt) {}
