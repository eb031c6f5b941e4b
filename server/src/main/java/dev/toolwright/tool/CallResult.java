package dev.toolwright.tool;

import java.time.Duration;
import java.util.List;

/// What a call came to; its record is stored when this is given.
///
/// @param logs what the tool printed
public record CallResult(
    String callId, Outcome outcome, List<String> logs, Duration duration, int attempts) {}
