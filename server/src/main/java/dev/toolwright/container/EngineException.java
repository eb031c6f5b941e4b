package dev.toolwright.container;

/// An engine did not do what it was asked for. The message is a sentence for the tool's owner.
public final class EngineException extends Exception {
  EngineException(String message) {
    super(message, null, false, false);
  }
}
