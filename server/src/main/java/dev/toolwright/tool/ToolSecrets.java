package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.connection.Credentials;
import dev.toolwright.connection.Held;
import dev.toolwright.connection.Requests;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The credentials of tools on their way into the vault and out of it.
final class ToolSecrets {
  private final Credentials credentials;
  private final FunctionSecrets functions;
  private final WebhookSecrets webhooks;

  ToolSecrets(Credentials credentials) {
    this.credentials = credentials;
    this.functions = new FunctionSecrets(credentials);
    this.webhooks = new WebhookSecrets(credentials);
  }

  /// The draft's configuration with its secrets in the vault. Stored secrets are kept, or given
  /// other values, only as long as they go to the same origins: they never follow a URL to another
  /// host, nor do new ones go where an earlier version still calls.
  Config kept(Tx tx, Caller caller, ToolDraft draft, @Nullable Config old) {
    var config = draft.config();
    if (config == null) {
      throw Problem.invalid("implementation is required");
    }
    var stored = stored(old);
    if (config instanceof Config.Function function) {
      if (!(old instanceof Config.Function)) {
        credentials.forget(tx, caller.workspaceId(), stored);
      }
      return functions.kept(tx, caller, function, draft.secrets(), old);
    }
    var webhook = draft.webhook();
    if (webhook != null && config instanceof Config.Webhook hook) {
      return webhooks.kept(tx, caller, hook, webhook, stored, old);
    }
    if (!(config instanceof Config.HttpApi api) || api.connectionId() != null) {
      credentials.forget(tx, caller.workspaceId(), stored);
      return config;
    }
    var said = draft.auth() == null ? unsaid(old) : draft.auth();
    var wanted = new Config.HttpApi(api.operation(), said.auth(), null, null);
    var mayKeep = old instanceof Config.HttpApi before && origins(before).equals(origins(wanted));
    if (!said.kept().isEmpty() && stored != null && !mayKeep) {
      throw Problem.invalid(
          "implementation.auth must be given again with its secrets (or with type none): stored"
              + " ones are kept only for the same host");
    }
    var values =
        credentials.drafted(
            tx,
            caller.workspaceId(),
            said,
            stored,
            name -> {
              throw Problem.invalid(
                  "implementation.auth."
                      + AuthDraft.spelled(said.auth(), name)
                      + " is required: none is stored");
            });
    if (!mayKeep) {
      credentials.forget(tx, caller.workspaceId(), stored);
    }
    var held = credentials.replace(tx, caller.workspaceId(), mayKeep ? stored : null, values);
    return new Config.HttpApi(api.operation(), said.auth(), held, null);
  }

  /// Deletes the secrets of a configuration that nobody will use again.
  void forget(Tx tx, Caller caller, Config config) {
    credentials.forget(tx, caller.workspaceId(), stored(config));
  }

  /// What stays when nothing is said: the old authentication with all of its secrets.
  private static AuthDraft unsaid(@Nullable Config old) {
    return old instanceof Config.HttpApi before
        ? new AuthDraft(before.auth(), Map.of(), Credentials.names(before.held()))
        : AuthDraft.NONE;
  }

  static @Nullable Held stored(@Nullable Config config) {
    return switch (config) {
      case Config.HttpApi api -> api.held();
      case Config.Function function when function.network() != null -> function.network().held();
      case Config.Webhook hook -> hook.held();
      case null, default -> null;
    };
  }

  /// Where secrets go.
  private static Set<String> origins(Config.HttpApi api) {
    var origins = new HashSet<String>();
    origins.add(Requests.origin(api.operation().url()));
    api.auth().addresses().forEach(address -> origins.add(Requests.origin(address)));
    return origins;
  }
}
