package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.SecretUnreadable;
import dev.toolwright.vault.Vault;
import org.jspecify.annotations.Nullable;

/// The credentials of tools on their way into the vault and out of it.
final class ToolSecrets {
  private final Vault vault;

  ToolSecrets(Vault vault) {
    this.vault = vault;
  }

  /// The draft's configuration with its secret in the vault. A stored secret is kept, or given
  /// another value, only as long as the URL's origin stays: it never follows a URL to another host,
  /// nor does a new one go where an earlier version still calls.
  Config kept(Tx tx, Caller caller, ToolDraft draft, @Nullable Config old) {
    var config = draft.config();
    if (config == null) {
      throw Problem.invalid("implementation is required");
    }
    var stored = stored(old);
    if (!(config instanceof Config.HttpApi api)) {
      forget(tx, caller, stored);
      return config;
    }
    var mayKeep =
        stored != null
            && old instanceof Config.HttpApi before
            && sameOrigin(before.url(), api.url());
    var secret = draft.secret();
    if (secret != null) {
      if (stored != null && mayKeep) {
        return withAuth(api, replaced(tx, caller, stored, secret));
      }
      forget(tx, caller, stored);
      return withAuth(api, new Auth.Bearer(vault.put(tx, caller.workspaceId(), secret)));
    }
    if (!draft.keepSecret()) {
      forget(tx, caller, stored);
      return api;
    }
    if (stored != null) {
      if (!mayKeep) {
        throw Problem.invalid(
            "implementation.auth must be given again with its token (or with type none): a stored"
                + " token is kept only for the same host");
      }
      return withAuth(api, stored);
    }
    if (api.auth() instanceof Auth.Bearer) {
      throw Problem.invalid("implementation.auth.token is required: none is stored");
    }
    return api;
  }

  private static Auth.@Nullable Bearer stored(@Nullable Config config) {
    return config instanceof Config.HttpApi api && api.auth() instanceof Auth.Bearer bearer
        ? bearer
        : null;
  }

  /// Deletes the secret of a configuration that nobody will use again.
  void forget(Tx tx, Caller caller, Config config) {
    forget(tx, caller, stored(config));
  }

  private void forget(Tx tx, Caller caller, Auth.@Nullable Bearer stored) {
    if (stored != null) {
      vault.delete(tx, caller.workspaceId(), stored.secretId());
    }
  }

  /// The same secret with another value; one that is gone is made anew.
  private Auth replaced(Tx tx, Caller caller, Auth.Bearer stored, Secret secret) {
    try {
      vault.replace(tx, caller.workspaceId(), stored.secretId(), secret);
      return stored;
    } catch (SecretUnreadable _) {
      return new Auth.Bearer(vault.put(tx, caller.workspaceId(), secret));
    }
  }

  /// A stored secret never follows a URL to another host.
  private static boolean sameOrigin(String one, String other) {
    return origin(one).equals(origin(other));
  }

  private static String origin(String url) {
    var path = url.indexOf('/', url.indexOf("://") + 3);
    return path < 0 ? url : url.substring(0, path);
  }

  private static Config withAuth(Config.HttpApi api, Auth auth) {
    return new Config.HttpApi(api.method(), api.url(), api.headers(), auth, api.body());
  }
}
