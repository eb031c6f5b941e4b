package dev.toolwright.webhook;

import dev.toolwright.egress.EgressRequest;
import dev.toolwright.vault.Secret;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One message to a receiver, the same at each attempt.
///
/// @param id names the message, however often it is sent; holds no dot
/// @param body JSON, signed byte by byte
/// @param secret to sign with; null: it is not signed
public record WebhookMessage(String id, byte[] body, @Nullable Secret secret) {
  /// Headers that every message has, in lower case: nobody else may set them.
  public static boolean owns(String header) {
    return header.regionMatches(true, 0, "webhook-", 0, "webhook-".length());
  }

  /// An attempt to deliver it. A redirect is not followed: what was meant for one address goes to
  /// no other.
  ///
  /// @param headers more of them
  /// @param at the time of this attempt
  public EgressRequest to(
      URI uri,
      String method,
      Map<String, String> headers,
      Instant at,
      Duration timeout,
      int maxResponseBytes) {
    var all = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    all.putAll(headers);
    all.put("Content-Type", "application/json");
    var timestamp = Long.toString(at.getEpochSecond());
    all.put("Webhook-Id", id);
    all.put("Webhook-Timestamp", timestamp);
    if (secret != null) {
      all.put("Webhook-Signature", Signature.of(secret, id, timestamp, body));
    }
    return new EgressRequest(method, uri, all, body, timeout, maxResponseBytes).withoutRedirects();
  }
}
