package dev.toolwright.tool;

import dev.toolwright.run.Attachment;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a call came to; its record is stored when this is given, or comes with it.
///
/// @param logs what the tool printed
/// @param runId of the run in which it goes on, when it is suspended; else null
/// @param record of a call in a run, for the run to store with the step; null: it is stored
///   already, or the call is suspended
public record CallResult(
    String callId,
    Outcome outcome,
    List<String> logs,
    Duration duration,
    int attempts,
    @Nullable String runId,
    @Nullable Attachment record) {}
