package dev.toolwright.tool;

import dev.toolwright.account.Caller;
import dev.toolwright.connection.Credentials;
import dev.toolwright.database.Tx;
import dev.toolwright.http.Problem;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.SecretUnreadable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The secrets of functions on their way into the vault. A stored one is kept only for hosts that
/// it was given for: it never follows a list to another host, nor does a new one go where an
/// earlier version still calls.
final class FunctionSecrets {
  private final Credentials credentials;

  FunctionSecrets(Credentials credentials) {
    this.credentials = credentials;
  }

  /// The function with what it may reach and its secrets in the vault. What nobody said stays: the
  /// hosts without a list, the secrets without a draft.
  Config.Function kept(
      Tx tx,
      Caller caller,
      Config.Function function,
      @Nullable SecretsDraft said,
      @Nullable Config old) {
    var before = network(old);
    var hosts = function.network() == null ? before.hosts() : function.network().hosts();
    // Without hosts nobody needs secrets.
    var unsaid = hosts.isEmpty() ? Set.<String>of() : before.secrets();
    var draft = said == null ? new SecretsDraft(Map.of(), unsaid) : said;
    var values = values(tx, caller, before, draft, new HashSet<>(hosts));
    var stays =
        draft.given().isEmpty() || new HashSet<>(before.hosts()).equals(new HashSet<>(hosts));
    if (!stays) {
      credentials.forget(tx, caller.workspaceId(), before.held());
    }
    var held = credentials.replace(tx, caller.workspaceId(), stays ? before.held() : null, values);
    return function.with(hosts.isEmpty() ? null : new Config.Network(hosts, held));
  }

  /// What is to be stored.
  ///
  /// @throws Problem with every fault
  private Map<String, Secret> values(
      Tx tx, Caller caller, Config.Network before, SecretsDraft draft, Set<String> hosts) {
    var values = new TreeMap<>(draft.given());
    var faults = new ArrayList<String>();
    var stored = draft.kept().isEmpty() ? Map.<String, Secret>of() : opened(tx, caller, before);
    for (var name : draft.kept()) {
      var value = stored.get(name);
      if (value == null) {
        faults.add("implementation.secrets." + name + " is required: none is stored");
      } else {
        values.put(name, value);
      }
    }
    var fresh = new HashSet<>(hosts);
    before.hosts().forEach(fresh::remove);
    if (!draft.kept().isEmpty() && !fresh.isEmpty() && faults.isEmpty()) {
      faults.add(
          "implementation.secrets must be given again: allowed_hosts has new entries ("
              + String.join(", ", fresh)
              + "), and a stored secret is kept only for the hosts that it was given for");
    }
    if (hosts.isEmpty() && !values.isEmpty()) {
      faults.add("implementation.secrets needs implementation.allowed_hosts: where they may go");
    }
    if (!faults.isEmpty()) {
      throw Problem.invalid(faults);
    }
    return values;
  }

  private Map<String, Secret> opened(Tx tx, Caller caller, Config.Network before) {
    try {
      return credentials.open(tx, caller.workspaceId(), before.held());
    } catch (SecretUnreadable _) {
      return Map.of();
    }
  }

  private static Config.Network network(@Nullable Config config) {
    return config instanceof Config.Function function && function.network() != null
        ? function.network()
        : Config.Network.NONE;
  }
}
