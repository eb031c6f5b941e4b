package dev.toolwright.expression;

/// A condition that is not CEL; the message says where and why, for whoever wrote it.
public final class MalformedCondition extends Exception {
  private static final long serialVersionUID = 1;

  MalformedCondition(String message) {
    super(message);
  }
}
