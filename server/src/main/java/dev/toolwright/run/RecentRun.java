package dev.toolwright.run;

/// A run as lists show it.
///
/// @param error why it failed or was cancelled; empty when it was not
public record RecentRun(Run run, String error) {}
