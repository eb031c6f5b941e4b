package dev.toolwright.runner.webhook;

import dev.toolwright.tool.WebhookSecrets;
import dev.toolwright.vault.Redaction;
import dev.toolwright.vault.Secret;
import java.net.URI;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// What must not come back from a receiver: the address it has, in whole and in part, what messages
/// are signed with, and a callback's address.
final class WebhookRedaction {
  /// Parts of an address that are shorter, such as `services`, are words and no secrets.
  private static final int SHORTEST_PART = 12;

  private WebhookRedaction() {}

  static Redaction of(WebhookSecrets.Opened held, @Nullable String callbackPath) {
    var secrets = new ArrayList<Secret>();
    secrets.add(held.address());
    var uri = URI.create(held.address().reveal());
    var query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    var target = uri.getRawPath() + query;
    if (target.length() > 1) {
      secrets.add(Secret.of(target));
    }
    for (var part : target.split("[/?&=]", -1)) {
      if (part.length() >= SHORTEST_PART) {
        secrets.add(Secret.of(part));
      }
    }
    if (held.signing() != null) {
      secrets.add(held.signing());
      for (var one : held.signing().reveal().split(" +", -1)) {
        secrets.add(Secret.of(one));
      }
    }
    if (callbackPath != null) {
      secrets.add(Secret.of(callbackPath.substring(callbackPath.lastIndexOf('/') + 1)));
    }
    return Redaction.of(secrets);
  }
}
