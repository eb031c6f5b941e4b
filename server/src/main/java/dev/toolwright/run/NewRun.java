package dev.toolwright.run;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What is submitted.
///
/// @param pinned the definitions the run starts with and keeps
/// @param serial runs with the same serial go one after the other; null for none
/// @param timeout of the whole run, from its submission
public record NewRun(
    String id,
    String workspaceId,
    String userId,
    String kind,
    String program,
    JsonNode input,
    JsonNode pinned,
    @Nullable String serial,
    @Nullable JsonNode webhook,
    Duration timeout) {}
