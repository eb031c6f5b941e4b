package dev.toolwright.vault;

/// Why the vault cannot be opened, as a sentence for the operator that also says what to do.
/// Nothing was changed.
public final class VaultRefused extends Exception {
  VaultRefused(String message) {
    super(message, null, false, false);
  }
}
