package dev.toolwright.run;

/// The step that started a run and waits for its end.
///
/// @param runId of the run that the step belongs to
/// @param depth of the child: its parent's and one
/// @param priority that the child inherits
public record Parent(String runId, String stepKey, int depth, Priority priority) {
  /// Runs nest no deeper: whatever calls itself comes to an end.
  public static final int MOST = 8;
}
