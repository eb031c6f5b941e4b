package dev.toolwright.vault;

import dev.toolwright.database.Database;
import dev.toolwright.database.Tx;
import dev.toolwright.json.Ids;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;

/// Secrets at rest: AES-256-GCM under the master key `<home>/master.key`, each bound to its
/// workspace, id and version, so that a row moved or put back does not open. Values are written and
/// used, never listed.
public final class Vault {
  private final MasterKey key;
  private final SecretStore store;

  private Vault(MasterKey key, SecretStore store) {
    this.key = key;
    this.store = store;
  }

  /// Opens the vault with the key file in `home`. A database that has never had a key gets one, and
  /// the file is made if there is none; later starts need that very key.
  ///
  /// @throws VaultRefused if the key is missing, damaged, open to others or not the database's
  public static Vault open(Path home, Database database) throws VaultRefused {
    var store = new SecretStore();
    var file = KeyFile.in(home);
    try {
      var present = file.read();
      var opened = database.inTx(tx -> matched(tx, store, file, present));
      if (opened.key().isPresent()) {
        return new Vault(opened.key().get(), store);
      }
      throw new VaultRefused(opened.refusal());
    } catch (IOException | UncheckedIOException e) {
      throw unusable(file);
    }
  }

  /// Stores a new secret.
  ///
  /// @return its id, `cred_…`
  public String put(Tx tx, String workspaceId, Secret value) {
    var id = Ids.next("cred");
    store.insert(tx, workspaceId, id, sealed(workspaceId, id, 1, value));
    return id;
  }

  /// The value of a secret.
  ///
  /// @throws SecretUnreadable if there is none, or it is not what this vault wrote in this place
  public Secret open(Tx tx, String workspaceId, String id) {
    var row = store.find(tx, workspaceId, id).orElseThrow(() -> missing(id));
    var plain =
        key.open(row.sealed(), place(workspaceId, id, row.version()))
            .orElseThrow(() ->
                new SecretUnreadable("The secret " + id + " cannot be opened; enter it anew"));
    return Secret.of(new String(plain, StandardCharsets.UTF_8));
  }

  /// Gives a secret another value; the earlier one is gone.
  ///
  /// @throws SecretUnreadable if there is none
  public void replace(Tx tx, String workspaceId, String id, Secret value) {
    int version = store.lockVersion(tx, workspaceId, id).orElseThrow(() -> missing(id));
    store.update(tx, workspaceId, id, version, sealed(workspaceId, id, version + 1, value));
  }

  /// Forgets a secret; one that does not exist is forgotten already.
  public void delete(Tx tx, String workspaceId, String id) {
    store.delete(tx, workspaceId, id);
  }

  private record Opened(Optional<MasterKey> key, String refusal) {}

  private static Opened matched(
      Tx tx, SecretStore store, KeyFile file, Optional<MasterKey> present) {
    store.lockKeys(tx);
    if (present.isPresent()) {
      var key = present.get();
      var known = store.checkValue(tx, key.id());
      if (known.isPresent()) {
        return MessageDigest.isEqual(known.get(), key.checkValue()) ? opened(key) : wrong(file);
      }
      return store.hasKeys(tx) || store.hasForeignSecrets(tx, key.id())
          ? wrong(file)
          : registered(tx, store, key);
    }
    if (store.hasKeys(tx) || store.hasForeignSecrets(tx, "")) {
      return refused(
          "The master key "
              + file.path()
              + " is missing, and the database holds secrets that only it opens. Restore the file"
              + " from a backup or copy it from another node");
    }
    var key = MasterKey.generate();
    try {
      file.write(key);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return registered(tx, store, key);
  }

  private static Opened registered(Tx tx, SecretStore store, MasterKey key) {
    store.addKey(tx, key.id(), key.checkValue());
    return opened(key);
  }

  private static Opened opened(MasterKey key) {
    return new Opened(Optional.of(key), "");
  }

  private static Opened refused(String message) {
    return new Opened(Optional.empty(), message);
  }

  private static Opened wrong(KeyFile file) {
    return refused(
        "The master key "
            + file.path()
            + " is not the one of this database. Restore the file from the backup that belongs to"
            + " the database, or copy it from another node");
  }

  private static VaultRefused unusable(KeyFile file) {
    return new VaultRefused(
        "The master key "
            + file.path()
            + " cannot be read or written; check that its directory exists and belongs to the"
            + " server's user");
  }

  private SecretStore.Row sealed(String workspaceId, String id, int version, Secret value) {
    var plain = value.reveal().getBytes(StandardCharsets.UTF_8);
    return new SecretStore.Row(version, key.seal(plain, place(workspaceId, id, version)));
  }

  private static byte[] place(String workspaceId, String id, int version) {
    return MasterKey.place(workspaceId, id, Integer.toString(version));
  }

  private static SecretUnreadable missing(String id) {
    return new SecretUnreadable("The secret " + id + " does not exist");
  }
}
