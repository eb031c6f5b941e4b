package dev.toolwright.tool;

import org.jspecify.annotations.Nullable;

/// How far a call is, as its tool says.
///
/// @param total what `done` will be at the end; null: nobody knows
public record Progress(double done, @Nullable Double total, @Nullable String message) {}
