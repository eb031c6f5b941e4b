package dev.toolwright.tool;

import dev.toolwright.run.Attachment;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a call came to.
///
/// @param logs what the tool printed
/// @param record of a call in a run, for the run to store with the step; null: it is stored already
public record CallResult(
    String callId,
    Outcome outcome,
    List<String> logs,
    Duration duration,
    int attempts,
    @Nullable Attachment record) {}
