package dev.toolwright.delivery;

import dev.toolwright.vault.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The signature of Standard Webhooks 1.0: `v1,` and the base64 of HMAC-SHA256 over
/// `id.timestamp.body`. A secret that begins with `whsec_` is base64, any other is taken as it is.
final class Signature {
  private static final String PREFIX = "whsec_";

  private Signature() {}

  static String of(Secret secret, String id, String timestamp, String body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key(secret), "HmacSHA256"));
      var sum = mac.doFinal((id + "." + timestamp + "." + body).getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(sum);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA256 is missing", e);
    }
  }

  private static byte[] key(Secret secret) {
    var text = secret.reveal();
    if (text.startsWith(PREFIX)) {
      try {
        return Base64.getDecoder().decode(text.substring(PREFIX.length()));
      } catch (IllegalArgumentException _) {
        return text.getBytes(StandardCharsets.UTF_8);
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
