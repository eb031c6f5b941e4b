package dev.toolwright.connection;

import dev.toolwright.vault.Redaction;
import dev.toolwright.vault.Secret;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who a request is to its remote, opened for one call.
///
/// @param secrets by name; of OAuth the token that counts now, as `access_token`
/// @param baseUrl where relative operations begin; null: they are absolute
/// @param headers of the connection, with places for secrets only
public record Login(
    Auth auth, Map<String, Secret> secrets, @Nullable String baseUrl, Map<String, String> headers) {
  public Login {
    secrets = Map.copyOf(secrets);
    headers = Map.copyOf(headers);
  }

  public static final Login NOBODY = new Login(new Auth.None(), Map.of(), null, Map.of());

  /// The same at another address.
  public Login at(String url) {
    return new Login(auth, secrets, url, headers);
  }

  /// What takes its secrets out of an answer.
  public Redaction redaction() {
    return secrets.isEmpty() ? Redaction.none() : Redaction.of(secrets.values());
  }

  @Nullable Secret secret(String name) {
    return secrets.get(name);
  }
}
