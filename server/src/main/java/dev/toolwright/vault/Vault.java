package dev.toolwright.vault;

import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/// Secrets at rest: AES-256-GCM under a master key, each bound to its workspace, id and version, so
/// that a row moved or put back does not open. Values are written and used, never listed.
public final class Vault {
  private final KeyRing keys;
  private final SecretStore store = new SecretStore();
  private final VaultKeyStore nodes = new VaultKeyStore();
  private final RecentSecrets recent = new RecentSecrets();

  private Vault(KeyRing keys) {
    this.keys = keys;
  }

  /// Opens the vault with the key file in `home`.
  ///
  /// @throws VaultRefused see [#open(VaultSettings, Database)]
  public static Vault open(Path home, Database database) throws VaultRefused {
    return open(VaultSettings.keyFile(home), database);
  }

  /// Opens the vault. A database that has never had a key gets one: derived from the passphrase if
  /// there is one, else in the key file, which is made if there is none. Later starts need that
  /// very key.
  ///
  /// @throws VaultRefused if a key is missing, damaged, open to others or not the database's
  public static Vault open(VaultSettings settings, Database database) throws VaultRefused {
    return new Vault(KeyRing.open(new KeySources(settings), database));
  }

  /// Stores a new secret.
  ///
  /// @return its id, `cred_…`
  public String put(Tx tx, String workspaceId, Secret value) {
    var id = Ids.next("cred");
    store.insert(tx, workspaceId, id, sealed(tx, workspaceId, id, 1, value));
    return id;
  }

  /// The value of a secret.
  ///
  /// @throws SecretUnreadable if there is none, or it is not what this vault wrote in this place
  public Secret open(Tx tx, String workspaceId, String id) {
    var row = store.find(tx, workspaceId, id).orElseThrow(() -> missing(id));
    var plain =
        keys.find(tx, row.sealed().keyId())
            .flatMap(key -> key.open(row.sealed(), place(workspaceId, id, row.version())))
            .orElseThrow(() ->
                new SecretUnreadable("The secret " + id + " cannot be opened; enter it anew"));
    var secret = Secret.of(new String(plain, StandardCharsets.UTF_8));
    used(workspaceId, secret);
    return secret;
  }

  /// Gives a secret another value; the earlier one is gone.
  ///
  /// @throws SecretUnreadable if there is none
  public void replace(Tx tx, String workspaceId, String id, Secret value) {
    int version = store.lockVersion(tx, workspaceId, id).orElseThrow(() -> missing(id));
    store.update(tx, workspaceId, id, version, sealed(tx, workspaceId, id, version + 1, value));
  }

  /// Forgets a secret; one that does not exist is forgotten already.
  public void delete(Tx tx, String workspaceId, String id) {
    store.delete(tx, workspaceId, id);
  }

  /// Notes that a secret is about to be used, so that [#redaction] knows it. The vault notes what
  /// it opens; whoever keeps several secrets in one entry notes each of them.
  public void used(String workspaceId, Secret secret) {
    recent.add(workspaceId, secret);
  }

  /// 64 hex digits that nobody can guess, and that this vault makes of the same place again while
  /// its key stays: for tokens of which only a hash is stored.
  public Secret token(Tx tx, String... place) {
    return Secret.of(HexFormat.of().formatHex(keys.current(tx).derive(MasterKey.place(place))));
  }

  /// Takes the long secrets that this server lately used in a workspace out of what the workspace's
  /// people see.
  public Redaction redaction(String workspaceId) {
    return recent.redaction(workspaceId);
  }

  /// Looks for keys of a rotation and says which keys this server holds.
  ///
  /// @return how many it holds
  int attend(Tx tx, String nodeId) {
    keys.learn(tx);
    var held = keys.ids();
    nodes.seen(tx, nodeId, held);
    return held.size();
  }

  void leave(Tx tx, String nodeId) {
    nodes.left(tx, nodeId);
  }

  private SecretStore.Row sealed(Tx tx, String workspaceId, String id, int version, Secret value) {
    used(workspaceId, value);
    var plain = value.value().getBytes(StandardCharsets.UTF_8);
    var place = place(workspaceId, id, version);
    return new SecretStore.Row(version, keys.current(tx).seal(plain, place));
  }

  static byte[] place(String workspaceId, String id, int version) {
    return MasterKey.place(workspaceId, id, Integer.toString(version));
  }

  private static SecretUnreadable missing(String id) {
    return new SecretUnreadable("The secret " + id + " does not exist");
  }
}
