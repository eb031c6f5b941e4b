package dev.toolwright.vault;

import com.password4j.ScryptFunction;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;

/// How a master key comes from a passphrase: scrypt with this salt and this cost.
///
/// @param cost N: steps, a power of two; with `block` it makes the memory, 128 · N · r bytes
/// @param block r
/// @param lanes p: how often all of it is done
record Derivation(byte[] salt, int cost, int block, int lanes) {
  private static final int SALT_BYTES = 16;
  private static final int KEY_BYTES = 32;

  /// A new salt, and 32 MiB three times over: what OWASP recommends, in the variant with the least
  /// memory, for it is also computed while a server with a small heap works.
  static Derivation fresh() {
    var salt = new byte[SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    return new Derivation(salt, 1 << 15, 8, 3);
  }

  MasterKey key(Secret passphrase) {
    var bytes = passphrase.value().getBytes(StandardCharsets.UTF_8);
    return MasterKey.of(derived(bytes, KEY_BYTES));
  }

  byte[] derived(byte[] passphrase, int length) {
    return ScryptFunction.getInstance(cost, block, lanes, length).hash(passphrase, salt).getBytes();
  }
}
