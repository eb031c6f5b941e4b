package dev.toolwright.vault;

import java.nio.file.Path;
import java.util.Optional;

/// Where a server finds its master keys.
///
/// @param home holds the key file `master.key`
/// @param passphrase keys are derived from it rather than kept in a file
/// @param passphraseFile a passphrase per line; together with `passphrase`, earlier ones
public record VaultSettings(Path home, Optional<Secret> passphrase, Optional<Path> passphraseFile) {
  /// A key file and nothing else.
  public static VaultSettings keyFile(Path home) {
    return new VaultSettings(home, Optional.empty(), Optional.empty());
  }
}
