package dev.toolwright.connection;

import dev.toolwright.database.Tx;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.SecretUnreadable;
import dev.toolwright.vault.Vault;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The secrets of one [Auth], kept as one entry of the vault.
public final class Credentials {
  private final Vault vault;

  public Credentials(Vault vault) {
    this.vault = vault;
  }

  /// By name. Empty for nothing.
  ///
  /// @throws SecretUnreadable when it is gone or cannot be opened
  public Map<String, Secret> open(Tx tx, String workspaceId, @Nullable Held held) {
    if (held == null) {
      return Map.of();
    }
    var values = new TreeMap<String, Secret>();
    Json.stored(vault.open(tx, workspaceId, held.id()).reveal())
        .properties()
        .forEach(entry -> values.put(entry.getKey(), Secret.of(entry.getValue().asString())));
    values.values().forEach(value -> vault.used(workspaceId, value));
    return values;
  }

  /// Stores values in the place of others (null: there were none); an entry that is gone is made
  /// anew.
  ///
  /// @return null when there is nothing to keep
  public @Nullable Held replace(
      Tx tx, String workspaceId, @Nullable Held held, Map<String, Secret> values) {
    if (values.isEmpty()) {
      forget(tx, workspaceId, held);
      return null;
    }
    var document = Json.object();
    values.forEach((name, value) -> document.put(name, value.reveal()));
    values.values().forEach(value -> vault.used(workspaceId, value));
    var secret = Secret.of(Json.write(document));
    return new Held(id(tx, workspaceId, held, secret), values.keySet());
  }

  private String id(Tx tx, String workspaceId, @Nullable Held held, Secret secret) {
    if (held != null) {
      try {
        vault.replace(tx, workspaceId, held.id(), secret);
        return held.id();
      } catch (SecretUnreadable _) {
        // Made anew.
      }
    }
    return vault.put(tx, workspaceId, secret);
  }

  public void forget(Tx tx, String workspaceId, @Nullable Held held) {
    if (held != null) {
      vault.delete(tx, workspaceId, held.id());
    }
  }

  /// What a draft makes of what is held: the values it gives, and of the held ones those it keeps.
  ///
  /// @param missing hears of a secret that should be kept and is not held
  public Map<String, Secret> drafted(
      Tx tx, String workspaceId, AuthDraft draft, @Nullable Held held, Missing missing) {
    var values = new TreeMap<>(draft.given());
    if (!draft.kept().isEmpty()) {
      var old = opened(tx, workspaceId, held);
      for (var name : draft.kept()) {
        var value = old.get(name);
        if (value == null) {
          missing.secret(name);
        } else {
          values.put(name, value);
        }
      }
    }
    return values;
  }

  /// Refuses, usually.
  @FunctionalInterface
  public interface Missing {
    void secret(String name);
  }

  private Map<String, Secret> opened(Tx tx, String workspaceId, @Nullable Held held) {
    try {
      return open(tx, workspaceId, held);
    } catch (SecretUnreadable _) {
      return Map.of();
    }
  }

  /// The names of what is held.
  public static Set<String> names(@Nullable Held held) {
    return held == null ? Set.of() : held.names();
  }
}
