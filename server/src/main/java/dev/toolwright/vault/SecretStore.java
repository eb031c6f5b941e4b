package dev.toolwright.vault;

import dev.toolwright.database.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Sealed secrets.
final class SecretStore {
  /// The current version of a secret.
  record Row(int version, MasterKey.Sealed sealed) {}

  /// One of the rows that a rotation goes through, in the order of their keys.
  record Place(String workspaceId, String id, int version) {
    static final Place BEFORE_ALL = new Place("", "", 0);
  }

  record Found(Place place, MasterKey.Sealed sealed) {}

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
        .map((row, _) -> new Row(row.getInt("version"), sealed(row)))
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

  /// Secrets that an old key sealed, after that place, locked until the transaction ends; those
  /// that others are changing are left out.
  List<Found> sealedByOld(Tx tx, Place after, int limit) {
    return tx.handle()
        .createQuery(
            """
            select workspace_id, id, version, key_id, nonce, ciphertext from secret
            where key_id in (select k.id from vault_key k where k.state = 'old')
              and (workspace_id, id, version) > (:workspace, :id, :version)
            order by workspace_id, id, version limit :limit
            for update skip locked
            """)
        .bind("workspace", after.workspaceId())
        .bind("id", after.id())
        .bind("version", after.version())
        .bind("limit", limit)
        .map((row, _) ->
            new Found(
                new Place(
                    row.getString("workspace_id"), row.getString("id"), row.getInt("version")),
                sealed(row)))
        .list();
  }

  /// How many those are in all.
  int countSealedByOld(Tx tx) {
    return tx.handle()
        .createQuery(
            """
            select count(*) from secret
            where key_id in (select k.id from vault_key k where k.state = 'old')
            """)
        .mapTo(Integer.class)
        .one();
  }

  /// Puts the same values under another key.
  void reseal(Tx tx, List<Found> anew) {
    var batch =
        tx.handle()
            .prepareBatch(
                """
                update secret set key_id = :key, nonce = :nonce, ciphertext = :ciphertext
                where workspace_id = :workspace and id = :id and version = :version
                """);
    for (var one : anew) {
      batch
          .bind("workspace", one.place().workspaceId())
          .bind("id", one.place().id())
          .bind("version", one.place().version())
          .bind("key", one.sealed().keyId())
          .bind("nonce", one.sealed().nonce())
          .bind("ciphertext", one.sealed().ciphertext())
          .add();
    }
    batch.execute();
  }

  private static MasterKey.Sealed sealed(ResultSet row) throws SQLException {
    return new MasterKey.Sealed(
        row.getString("key_id"), row.getBytes("nonce"), row.getBytes("ciphertext"));
  }
}
