package dev.toolwright.run;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A run's big values.
///
/// @param remaining time until its deadline by the database's clock
public record RunData(
    JsonNode input,
    JsonNode pinned,
    @Nullable JsonNode result,
    @Nullable JsonNode error,
    @Nullable JsonNode webhook,
    Duration remaining) {}
