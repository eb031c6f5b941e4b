package dev.toolwright.container;

import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A closer look at a container.
///
/// @param address at which this machine reaches its port; null: it does not run
/// @param exitCode of its program, when that has ended
/// @param startedAt the last time
public record Look(@Nullable URI address, long exitCode, Instant startedAt) {}
