package dev.toolwright.vault;

import dev.toolwright.database.Tx;
import java.util.Optional;

/// Sealed secrets and the check values of the keys that sealed them.
final class SecretStore {
  /// The current version of a secret.
  record Row(int version, MasterKey.Sealed sealed) {}

  /// Lets one node at a time register a key.
  void lockKeys(Tx tx) {
    tx.handle().execute("lock table vault_key in exclusive mode");
  }

  boolean hasKeys(Tx tx) {
    return tx.handle()
        .createQuery("select exists (select from vault_key)")
        .mapTo(Boolean.class)
        .one();
  }

  Optional<byte[]> checkValue(Tx tx, String keyId) {
    return tx.handle()
        .createQuery("select check_value from vault_key where id = :id")
        .bind("id", keyId)
        .mapTo(byte[].class)
        .findOne();
  }

  void addKey(Tx tx, String keyId, byte[] checkValue) {
    tx.handle()
        .createUpdate("insert into vault_key (id, check_value) values (:id, :check)")
        .bind("id", keyId)
        .bind("check", checkValue)
        .execute();
  }

  /// Whether there is a secret that this key did not seal.
  boolean hasForeignSecrets(Tx tx, String keyId) {
    return tx.handle()
        .createQuery("select exists (select from secret where key_id <> :key)")
        .bind("key", keyId)
        .mapTo(Boolean.class)
        .one();
  }

  void insert(Tx tx, String workspaceId, String id, Row row) {
    tx.handle()
        .createUpdate(
            """
            insert into secret (workspace_id, id, version, key_id, nonce, ciphertext)
            values (:workspace, :id, :version, :key, :nonce, :ciphertext)
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("version", row.version())
        .bind("key", row.sealed().keyId())
        .bind("nonce", row.sealed().nonce())
        .bind("ciphertext", row.sealed().ciphertext())
        .execute();
  }

  Optional<Row> find(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            """
            select version, key_id, nonce, ciphertext from secret
            where workspace_id = :workspace and id = :id
            order by version desc limit 1
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .map((row, context) ->
            new Row(
                row.getInt("version"),
                new MasterKey.Sealed(
                    row.getString("key_id"), row.getBytes("nonce"), row.getBytes("ciphertext"))))
        .findOne();
  }

  /// The version of a secret, locked until the transaction ends.
  Optional<Integer> lockVersion(Tx tx, String workspaceId, String id) {
    return tx.handle()
        .createQuery(
            """
            select version from secret
            where workspace_id = :workspace and id = :id
            order by version desc limit 1
            for update
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .mapTo(Integer.class)
        .findOne();
  }

  void update(Tx tx, String workspaceId, String id, int from, Row row) {
    tx.handle()
        .createUpdate(
            """
            update secret
            set version = :version, key_id = :key, nonce = :nonce, ciphertext = :ciphertext,
              created_at = now()
            where workspace_id = :workspace and id = :id and version = :from
            """)
        .bind("workspace", workspaceId)
        .bind("id", id)
        .bind("from", from)
        .bind("version", row.version())
        .bind("key", row.sealed().keyId())
        .bind("nonce", row.sealed().nonce())
        .bind("ciphertext", row.sealed().ciphertext())
        .execute();
  }

  void delete(Tx tx, String workspaceId, String id) {
    tx.handle()
        .createUpdate("delete from secret where workspace_id = :workspace and id = :id")
        .bind("workspace", workspaceId)
        .bind("id", id)
        .execute();
  }
}
