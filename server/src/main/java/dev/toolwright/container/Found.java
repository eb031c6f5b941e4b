package dev.toolwright.container;

/// A container of this installation that an engine has.
///
/// @param running whether its program runs now
public record Found(String id, String toolId, String fingerprint, boolean running) {}
