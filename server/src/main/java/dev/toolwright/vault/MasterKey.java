package dev.toolwright.vault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The AES-256 key that seals every secret. Its id is derived from it, so that a key never goes by
/// the name of another.
final class MasterKey {
  /// A sealed value: what the database holds.
  record Sealed(String keyId, byte[] nonce, byte[] ciphertext) {}

  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final HexFormat HEX = HexFormat.of();

  private final SecretKey key;
  private final String id;
  private final byte[] checkValue;
  private final SecureRandom random = new SecureRandom();

  private MasterKey(byte[] key) {
    this.key = new SecretKeySpec(key, "AES");
    this.id = HEX.formatHex(mac(key, "toolwright vault key id"), 0, 8);
    this.checkValue = mac(key, "toolwright vault key check");
  }

  static MasterKey generate() {
    var key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return new MasterKey(key);
  }

  /// @param key 32 bytes
  static MasterKey of(byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("a master key has " + KEY_BYTES + " bytes");
    }
    return new MasterKey(key);
  }

  /// Reads 64 hex digits.
  static Optional<MasterKey> parse(String text) {
    var digits = text.strip();
    if (!digits.matches("[0-9a-fA-F]{" + 2 * KEY_BYTES + "}")) {
      return Optional.empty();
    }
    return Optional.of(new MasterKey(HEX.parseHex(digits)));
  }

  /// What [#parse] reads: the key in clear.
  String text() {
    return HEX.formatHex(key.getEncoded());
  }

  String id() {
    return id;
  }

  byte[] checkValue() {
    return checkValue.clone();
  }

  /// Whether the database's entry is that of this very key.
  boolean is(StoredKey stored) {
    return id.equals(stored.id()) && MessageDigest.isEqual(checkValue, stored.checkValue());
  }

  /// Seals with a fresh nonce. `place` is bound to the result without being part of it.
  Sealed seal(byte[] plain, byte[] place) {
    var nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      return new Sealed(id, nonce, cipher(Cipher.ENCRYPT_MODE, nonce, place).doFinal(plain));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java cannot seal secrets", e);
    }
  }

  /// What was sealed, or nothing if it, its nonce, its place or its key is not the one.
  Optional<byte[]> open(Sealed sealed, byte[] place) {
    if (!sealed.keyId().equals(id) || sealed.nonce().length != NONCE_BYTES) {
      return Optional.empty();
    }
    try {
      var cipher = cipher(Cipher.DECRYPT_MODE, sealed.nonce(), place);
      return Optional.of(cipher.doFinal(sealed.ciphertext()));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java cannot open secrets", e);
    }
  }

  /// Bytes that only this key makes of a place.
  byte[] derive(byte[] place) {
    return mac(mac(key.getEncoded(), "toolwright vault tokens"), place);
  }

  /// The bytes of several texts, such that no other texts give the same bytes.
  static byte[] place(String... parts) {
    var length = 0;
    for (var part : parts) {
      length += Integer.BYTES + part.getBytes(StandardCharsets.UTF_8).length;
    }
    var place = ByteBuffer.allocate(length);
    for (var part : parts) {
      var bytes = part.getBytes(StandardCharsets.UTF_8);
      place.putInt(bytes.length).put(bytes);
    }
    return place.array();
  }

  @Override
  public String toString() {
    return "master key " + id;
  }

  private Cipher cipher(int mode, byte[] nonce, byte[] place) throws GeneralSecurityException {
    var cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(place);
    return cipher;
  }

  private static byte[] mac(byte[] key, String label) {
    return mac(key, label.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] mac(byte[] key, byte[] data) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no HMAC", e);
    }
  }
}
