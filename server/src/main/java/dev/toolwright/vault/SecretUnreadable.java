package dev.toolwright.vault;

/// A stored secret that is missing, was tampered with, or belongs to another key. The message holds
/// the id and nothing else of it.
public final class SecretUnreadable extends RuntimeException {
  SecretUnreadable(String message) {
    super(message, null, false, false);
  }
}
