package dev.toolwright.account;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Users and what they make, apart from everybody else's.
///
/// @param name unique on the server
/// @param maxRunning jobs of it that run at the same time on all servers together
/// @param closedAt null while it is open
public record Workspace(
    String id, String name, int maxRunning, Instant createdAt, @Nullable Instant closedAt) {}
