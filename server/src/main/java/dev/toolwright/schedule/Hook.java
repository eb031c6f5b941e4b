package dev.toolwright.schedule;

import dev.toolwright.run.Priority;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// An address that others send messages to, each of which starts something.
///
/// @param userId on whose behalf
/// @param priority of what starts, among the runs of the workspace
/// @param input with references to `event`, the message
public record Hook(
    String workspaceId,
    String id,
    String userId,
    String name,
    Target target,
    Priority priority,
    JsonNode input,
    String secretId,
    boolean enabled,
    Instant createdAt) {}
