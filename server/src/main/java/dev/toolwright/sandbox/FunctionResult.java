package dev.toolwright.sandbox;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// How an execution of tool code ended.
public sealed interface FunctionResult {
  /// The function returned.
  record Returned(JsonNode value, List<String> logs) implements FunctionResult {}

  /// The code raised an exception, is not valid Python, or defines no function to call
  /// (`ToolContractError`).
  ///
  /// @param message at most 2 000 characters
  /// @param traceback the tool's own frames, outermost first
  record Raised(String type, String message, List<String> traceback, List<String> logs)
      implements FunctionResult {}

  /// The sandbox ended the execution or could not use its result.
  record Stopped(Reason reason, String message, List<String> logs) implements FunctionResult {}

  /// No code runs on this machine. Both texts are written for people.
  record Refused(String message, String howToFix) implements FunctionResult {}

  /// Why an execution was stopped.
  enum Reason {
    TIMEOUT,
    MEMORY,
    RESULT_TOO_LARGE,
    BAD_RESULT,
    CRASHED,
    CANCELLED,
    /// It never began: no place became free in time, or the sandbox was not ready.
    BUSY
  }
}
