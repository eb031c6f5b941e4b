package dev.toolwright.run;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a step that waited goes on with.
///
/// @param value null: nobody answered in time
/// @param after how long it waited, by the database's clock
public record Answer(@Nullable JsonNode value, Duration after) {}
