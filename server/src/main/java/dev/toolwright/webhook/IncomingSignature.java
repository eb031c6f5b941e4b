package dev.toolwright.webhook;

import dev.toolwright.vault.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Who signed a message that somebody sent here: by Standard Webhooks (`Webhook-Id`,
/// `Webhook-Timestamp`, `Webhook-Signature`), or as code forges do (`X-Hub-Signature-256`).
public final class IncomingSignature {
  private static final Duration MOST_APART = Duration.ofMinutes(5);

  private IncomingSignature() {}

  /// The id of a message that was signed with this secret; empty when it was not, or too long ago.
  ///
  /// @param header finds a header by its name; null: there is none
  /// @param now by this server's clock
  public static Optional<String> verified(
      Secret secret, Function<String, @Nullable String> header, byte[] body, Instant now) {
    var id = header.apply("Webhook-Id");
    var timestamp = header.apply("Webhook-Timestamp");
    var signatures = header.apply("Webhook-Signature");
    if (id != null && timestamp != null && signatures != null) {
      return isRecent(timestamp, now) && isSigned(secret, id, timestamp, signatures, body)
          ? Optional.of(id)
          : Optional.empty();
    }
    var forge = header.apply("X-Hub-Signature-256");
    var delivery = header.apply("X-GitHub-Delivery");
    return forge != null && isEqual(forge, "sha256=" + plain(secret, body))
        ? Optional.of(delivery == null ? forge : delivery)
        : Optional.empty();
  }

  private static boolean isRecent(String timestamp, Instant now) {
    try {
      var at = Instant.ofEpochSecond(Long.parseLong(timestamp));
      return Duration.between(at, now).abs().compareTo(MOST_APART) <= 0;
    } catch (NumberFormatException | DateTimeException | ArithmeticException _) {
      return false;
    }
  }

  private static boolean isSigned(
      Secret secret, String id, String timestamp, String signatures, byte[] body) {
    var right = Signature.of(secret, id, timestamp, body).split(" ", -1);
    return Arrays.stream(signatures.split(" ", -1))
        .anyMatch(given -> Arrays.stream(right).anyMatch(one -> isEqual(given, one)));
  }

  private static String plain(Secret secret, byte[] body) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HMAC-SHA256 is missing", e);
    }
  }

  private static boolean isEqual(String given, String right) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
  }
}
