package dev.toolwright.webhook;

import dev.toolwright.vault.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The signature of Standard Webhooks 1.0: `v1,` and the base64 of HMAC-SHA256 over
/// `id.timestamp.body`. A secret that begins with `whsec_` is base64, any other is taken as it is.
/// Several `whsec_` secrets with spaces between them sign side by side, so that a receiver can go
/// over from one to the next.
final class Signature {
  private static final String PREFIX = "whsec_";

  private Signature() {}

  static String of(Secret secret, String id, String timestamp, byte[] body) {
    return keys(secret.reveal()).stream()
        .map(key -> signed(key, id, timestamp, body))
        .collect(Collectors.joining(" "));
  }

  private static String signed(byte[] key, String id, String timestamp, byte[] body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA256 is missing", e);
    }
  }

  private static List<byte[]> keys(String secret) {
    var parts = secret.split(" +", -1);
    return Arrays.stream(parts).allMatch(part -> part.startsWith(PREFIX))
        ? Arrays.stream(parts).map(Signature::key).toList()
        : List.of(key(secret));
  }

  private static byte[] key(String text) {
    if (text.startsWith(PREFIX)) {
      try {
        var key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
        if (key.length > 0) {
          return key;
        }
      } catch (IllegalArgumentException _) {
        // No base64: taken as it is.
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
