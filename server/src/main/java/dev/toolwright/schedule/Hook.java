package dev.toolwright.schedule;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// An address that others send messages to, each of which starts something.
///
/// @param userId on whose behalf
/// @param input with references to `event`, the message
public record Hook(
    String workspaceId,
    String id,
    String userId,
    String name,
    Target target,
    JsonNode input,
    String secretId,
    boolean enabled,
    Instant createdAt) {}
