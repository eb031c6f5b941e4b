package dev.toolwright.definition;

import java.time.Instant;

/// One version of a definition, without its body.
///
/// @param number from 1
/// @param authorName of who saved it
public record Revision(int number, Instant createdAt, String authorId, String authorName) {}
