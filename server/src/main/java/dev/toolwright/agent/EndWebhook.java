package dev.toolwright.agent;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.Vault;
import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Who is told of the end of a job.
///
/// @param secret signs the delivery; null: it is not signed
public record EndWebhook(String url, @Nullable String secret) {
  /// Reads `webhook_url` and `webhook_secret`; null: nobody is told.
  public static @Nullable EndWebhook read(Fields in) {
    var url = in.text("webhook_url", 2_000);
    var secret = in.text("webhook_secret", 500);
    if (url != null && !isWebAddress(url)) {
      in.fault("webhook_url", "must be an http or https address");
    }
    return url == null ? null : new EndWebhook(url, secret);
  }

  private static boolean isWebAddress(String url) {
    try {
      var uri = new URI(url);
      return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null;
    } catch (URISyntaxException _) {
      return false;
    }
  }

  /// As it is stored with the run; the secret lies in the vault.
  public JsonNode stored(Tx tx, Vault vault, String workspaceId) {
    var webhook = Json.object().put("url", url);
    if (secret != null) {
      webhook.put("secret_id", vault.put(tx, workspaceId, Secret.of(secret)));
    }
    return webhook;
  }

  @Override
  public String toString() {
    return "a webhook";
  }
}
