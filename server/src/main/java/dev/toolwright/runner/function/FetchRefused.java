package dev.toolwright.runner.function;

/// A request that is not sent. The message is for the tool's author and holds no secret.
final class FetchRefused extends Exception {
  FetchRefused(String message) {
    super(message, null, false, false);
  }
}
