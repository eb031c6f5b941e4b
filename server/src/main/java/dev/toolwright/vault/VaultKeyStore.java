package dev.toolwright.vault;

import dev.toolwright.database.Tx;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The master keys that the database knows, and which servers hold them.
final class VaultKeyStore {
  /// A server that was not seen for this long is not waited for.
  private static final String GONE_AFTER = "10 seconds";

  /// One transaction at a time changes keys; nobody who only uses them waits for it.
  void lock(Tx tx) {
    tx.handle()
        .createQuery("select 1 from pg_advisory_xact_lock(hashtext('toolwright vault keys'))")
        .mapTo(Integer.class)
        .one();
  }

  List<StoredKey> keys(Tx tx) {
    return tx.handle()
        .createQuery(
            """
            select id, check_value, state, salt, scrypt_cost, scrypt_block, scrypt_lanes from vault_key
            order by created_at, id
            """)
        .map((row, _) -> key(row))
        .list();
  }

  private static StoredKey key(ResultSet row) throws SQLException {
    var salt = row.getBytes("salt");
    return new StoredKey(
        row.getString("id"),
        row.getBytes("check_value"),
        StoredKey.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
        salt == null
            ? null
            : new Derivation(
                salt,
                row.getInt("scrypt_cost"),
                row.getInt("scrypt_block"),
                row.getInt("scrypt_lanes")));
  }

  /// The key that seals now. Until the transaction ends it is not retired, whatever a rotation does
  /// meanwhile.
  Optional<String> current(Tx tx) {
    return tx.handle()
        .createQuery("select id from vault_key where state = 'current' for key share")
        .mapTo(String.class)
        .findOne();
  }

  void add(Tx tx, StoredKey key) {
    var derivation = key.derivation();
    tx.handle()
        .createUpdate(
            """
            insert into vault_key (id, check_value, state, salt, scrypt_cost, scrypt_block, scrypt_lanes)
            values (:id, :check, :state, :salt, :cost, :block, :lanes)
            """)
        .bind("id", key.id())
        .bind("check", key.checkValue())
        .bind("state", key.state().name().toLowerCase(Locale.ROOT))
        .bind("salt", derivation == null ? null : derivation.salt())
        .bind("cost", derivation == null ? null : (Integer) derivation.cost())
        .bind("block", derivation == null ? null : (Integer) derivation.block())
        .bind("lanes", derivation == null ? null : (Integer) derivation.lanes())
        .execute();
  }

  /// From now on the next key seals and the current one only opens.
  void promote(Tx tx, String next) {
    tx.handle().execute("update vault_key set state = 'old' where state = 'current'");
    tx.handle()
        .createUpdate("update vault_key set state = 'current' where id = :id and state = 'next'")
        .bind("id", next)
        .execute();
  }

  /// Retires the old keys that seal nothing. Whoever is just sealing with one is waited for.
  ///
  /// @return how many old keys are left
  int retire(Tx tx) {
    var old =
        tx.handle()
            .createQuery("select id from vault_key where state = 'old' for update")
            .mapTo(String.class)
            .list();
    var retired =
        tx.handle()
            .createUpdate(
                """
                update vault_key k set state = 'retired'
                where state = 'old' and not exists (select from secret s where s.key_id = k.id)
                """)
            .execute();
    return old.size() - retired;
  }

  /// How many secrets each key seals.
  Map<String, Long> uses(Tx tx) {
    return tx.handle()
        .createQuery("select key_id, count(*) as n from secret group by key_id")
        .reduceRows(
            new HashMap<String, Long>(),
            (uses, row) -> {
              uses.put(row.getColumn("key_id", String.class), row.getColumn("n", Long.class));
              return uses;
            });
  }

  /// Notes that a server is there, and the keys that it holds.
  void seen(Tx tx, String nodeId, Collection<String> keys) {
    tx.handle()
        .createUpdate(
            """
            insert into vault_node (node_id, keys, seen_at) values (:node, :keys, clock_timestamp())
            on conflict (node_id) do update set keys = excluded.keys, seen_at = excluded.seen_at
            """)
        .bind("node", nodeId)
        .bindArray("keys", String.class, keys.toArray())
        .execute();
  }

  void left(Tx tx, String nodeId) {
    tx.handle()
        .createUpdate(
            "delete from vault_node where node_id = :node or seen_at < clock_timestamp() - interval '1 day'")
        .bind("node", nodeId)
        .execute();
  }

  /// The running servers, and whether each holds this key.
  Map<String, Boolean> servers(Tx tx, String keyId) {
    return tx.handle()
        .createQuery(
            """
            select node_id, :key = any(keys) as held from vault_node
            where seen_at > clock_timestamp() - interval '%s' order by node_id
            """
                .formatted(GONE_AFTER))
        .bind("key", keyId)
        .reduceRows(
            new TreeMap<String, Boolean>(),
            (servers, row) -> {
              servers.put(
                  row.getColumn("node_id", String.class), row.getColumn("held", Boolean.class));
              return servers;
            });
  }
}
