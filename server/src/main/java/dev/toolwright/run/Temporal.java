package dev.toolwright.run;

import java.time.Duration;

/// Where Temporal is, if it drives the runs.
///
/// @param address `host:port`
/// @param patience how long is waited for its first answer
public record Temporal(String address, String namespace, Duration patience) {}
