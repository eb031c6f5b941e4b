package dev.toolwright.run;

/// This node no longer holds the run: it was claimed by another after we were thought dead.
/// Everything stops at once and nothing more is written.
final class StaleOwner extends RuntimeException {
  StaleOwner(String runId) {
    super("run " + runId + " has another owner", null, false, false);
  }
}
