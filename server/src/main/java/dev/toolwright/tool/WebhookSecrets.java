package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.Credentials;
import dev.toolwright.connection.Held;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.SecretUnreadable;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The addresses of webhooks and what they are signed with, on their way into the vault and out of
/// it.
public final class WebhookSecrets {
  static final String SIGNING = "secret";
  private static final String ADDRESS = "url";

  private final Credentials credentials;

  public WebhookSecrets(Credentials credentials) {
    this.credentials = credentials;
  }

  /// @param signing null: messages are not signed
  public record Opened(Secret address, @Nullable Secret signing) {}

  /// @throws SecretUnreadable when they are gone or cannot be opened
  public Opened open(Tx tx, String workspaceId, Config.Webhook hook) {
    var values = credentials.open(tx, workspaceId, hook.held());
    var address = values.get(ADDRESS);
    if (address == null) {
      throw new IllegalStateException("a webhook without an address");
    }
    return new Opened(address, values.get(SIGNING));
  }

  /// The configuration with its secrets stored. Stored ones are given other values as long as the
  /// origin stays; to another origin no stored secret goes.
  ///
  /// @param stored the secrets of `old`, whatever kind it is of
  Config.Webhook kept(
      Tx tx,
      Caller caller,
      Config.Webhook hook,
      WebhookDraft draft,
      @Nullable Held stored,
      @Nullable Config old) {
    var before = old instanceof Config.Webhook webhook ? webhook : null;
    var values = new TreeMap<String, Secret>();
    values.put(ADDRESS, address(tx, caller, draft, before));
    var signing = signing(tx, caller, hook, draft, before);
    if (signing != null) {
      values.put(SIGNING, signing);
    }
    var sameOrigin = before != null && before.origin().equals(hook.origin());
    if (!sameOrigin) {
      credentials.forget(tx, caller.workspaceId(), stored);
    }
    var held = credentials.replace(tx, caller.workspaceId(), sameOrigin ? stored : null, values);
    return new Config.Webhook(
        hook.origin(), hook.method(), hook.headers(), hook.callbackRequired(), held);
  }

  private Secret address(
      Tx tx, Caller caller, WebhookDraft draft, Config.@Nullable Webhook before) {
    if (before == null || !draft.isShownOf(before)) {
      return draft.address();
    }
    var held = readable(tx, caller, before).get(ADDRESS);
    if (held == null) {
      throw Problem.invalid(
          "implementation.webhook_url must be given again: the stored one cannot be read");
    }
    return held;
  }

  private @Nullable Secret signing(
      Tx tx,
      Caller caller,
      Config.Webhook hook,
      WebhookDraft draft,
      Config.@Nullable Webhook before) {
    if (draft.secret() != null || !draft.keepSecret() || before == null || !before.isSigned()) {
      return draft.secret();
    }
    var held = readable(tx, caller, before).get(SIGNING);
    if (held == null || !before.origin().equals(hook.origin())) {
      throw Problem.invalid(
          "implementation.secret must be given again (or null for none): a stored secret is kept"
              + " only for the same host");
    }
    return held;
  }

  private Map<String, Secret> readable(Tx tx, Caller caller, Config.Webhook hook) {
    try {
      return credentials.open(tx, caller.workspaceId(), hook.held());
    } catch (SecretUnreadable _) {
      return Map.of();
    }
  }
}
