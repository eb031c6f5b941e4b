package dev.toolwright.tool;

import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A webhook as somebody wants it.
///
/// @param address as it was given; what is shown of a stored one, sent back, stands for that
/// @param secret to sign with; null: none was given
/// @param keepSecret a stored secret stays
public record WebhookDraft(
    Config.Webhook config, Secret address, @Nullable Secret secret, boolean keepSecret) {
  /// How a face spells the fields of two words.
  public enum Spelling {
    SNAKE("webhook_url", "callback_required"),
    CAMEL("webhookUrl", "callbackRequired");

    private final String address;
    private final String callback;

    Spelling(String address, String callback) {
      this.address = address;
      this.callback = callback;
    }
  }

  private static final String MASK = "***";
  private static final List<String> METHODS = List.of("POST", "PUT", "PATCH");

  public static WebhookDraft read(Fields in, Spelling spelling) {
    var address = in.requiredText(spelling.address, 1, 4_000);
    var origin = origin(address);
    if (origin == null && !address.isEmpty()) {
      in.fault(spelling.address, "must be an http or https address without user name and fragment");
    }
    var method = in.text("method", 10, "POST").toUpperCase(Locale.ROOT);
    if (!METHODS.contains(method)) {
      in.fault("method", "must be one of " + String.join(", ", METHODS));
    }
    var headers = headers(in);
    var callback = in.bool(spelling.callback, false);
    var named = in.names("secret");
    var secret = in.text("secret", 1_000);
    if (secret != null && secret.isBlank()) {
      in.fault("secret", "must not be empty; null takes it away");
    }
    var config = new Config.Webhook(origin == null ? "" : origin, method, headers, callback, null);
    var keep = !named || MASK.equals(secret);
    return new WebhookDraft(
        config, Secret.of(address), keep || secret == null ? null : Secret.of(secret), keep);
  }

  private static TreeMap<String, String> headers(Fields in) {
    var headers = new TreeMap<String, String>();
    var sent = in.object("headers");
    if (sent != null) {
      for (var header : sent.properties()) {
        if (header.getValue().isString()) {
          headers.put(header.getKey(), header.getValue().asString());
        } else {
          in.fault("headers." + header.getKey(), "must be a text");
        }
      }
    }
    return headers;
  }

  /// The definition with its address and secret masked.
  public static ObjectNode shown(Config.Webhook hook, Spelling spelling) {
    var shown = Json.object().put(spelling.address, hook.origin()).put("method", hook.method());
    shown.set("headers", Json.tree(new TreeMap<>(hook.headers())));
    shown.put(spelling.callback, hook.callbackRequired());
    return hook.isSigned() ? shown.put("secret", MASK) : shown;
  }

  /// Whether it gives a stored webhook another address or secret.
  boolean renews(Config.Webhook stored) {
    return secret != null || !isShownOf(stored);
  }

  boolean isShownOf(Config.Webhook stored) {
    return address.reveal().equals(stored.origin());
  }

  private static @Nullable String origin(String address) {
    try {
      var uri = new URI(address);
      var scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      return (scheme.equals("http") || scheme.equals("https"))
              && uri.getHost() != null
              && uri.getRawUserInfo() == null
              && uri.getRawFragment() == null
          ? scheme + "://" + uri.getRawAuthority()
          : null;
    } catch (URISyntaxException _) {
      return null;
    }
  }
}
