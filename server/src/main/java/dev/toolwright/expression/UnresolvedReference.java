package dev.toolwright.expression;

/// A reference to something that is not there; the message names it.
public final class UnresolvedReference extends Exception {
  private static final long serialVersionUID = 1;

  UnresolvedReference(String message) {
    super(message);
  }
}
