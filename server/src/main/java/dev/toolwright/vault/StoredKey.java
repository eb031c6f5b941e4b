package dev.toolwright.vault;

import org.jspecify.annotations.Nullable;

/// What the database knows of a master key: how to recognise it, never the key.
///
/// @param derivation how it comes from the passphrase; null: it lies in the servers' key files
record StoredKey(String id, byte[] checkValue, State state, @Nullable Derivation derivation) {
  /// A rotation takes a key through all of them.
  enum State {
    /// Made, and on its way to the servers.
    NEXT,
    /// Seals what is new.
    CURRENT,
    /// Opens what it sealed.
    OLD,
    /// No secret needs it any more.
    RETIRED
  }

  static StoredKey of(MasterKey key, State state, @Nullable Derivation derivation) {
    return new StoredKey(key.id(), key.checkValue(), state, derivation);
  }
}
