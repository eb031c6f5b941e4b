package dev.toolwright.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.toolwright.database.TestDatabase;
import dev.toolwright.json.Json;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init")
class VaultTest {
  private static final String CANARY = "sk-{{other}}-{#-${HOME}-$(x)-%s-\u0000-\"'`-ä😀";

  @TempDir private Path home;
  private static TestDatabase database;
  private Vault vault;

  @BeforeAll
  static void create() {
    database = TestDatabase.fresh();
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  @BeforeEach
  void open() throws VaultRefused {
    vault = Vault.open(home, database.database());
  }

  @AfterEach
  void close() {
    database.empty();
  }

  @Test
  void a_secret_comes_back_as_it_was_put() {
    var id = put("ws_1");
    assertThat(id).startsWith("cred_");
    assertThat(value("ws_1", id)).isEqualTo(CANARY);
  }

  @Test
  void a_replaced_secret_has_the_new_value_and_no_old_row() {
    var id = put("ws_1");
    database.database().useTx(tx -> vault.replace(tx, "ws_1", id, Secret.of("second")));
    assertThat(value("ws_1", id)).isEqualTo("second");
    assertThat(count("select count(*) from secret")).isEqualTo(1);
    assertThat(count("select version from secret")).isEqualTo(2);
  }

  @Test
  void a_deleted_a_foreign_and_an_unknown_secret_do_not_exist() {
    var id = put("ws_1");
    assertUnreadable("ws_2", id, "does not exist");
    database.database().useTx(tx -> vault.delete(tx, "ws_2", id));
    assertThat(value("ws_1", id)).isEqualTo(CANARY);
    database.database().useTx(tx -> vault.delete(tx, "ws_1", id));
    assertUnreadable("ws_1", id, "does not exist");
    assertThatExceptionOfType(SecretUnreadable.class)
        .isThrownBy(
            () -> database.database().useTx(tx -> vault.replace(tx, "ws_1", id, Secret.of("x"))));
  }

  @Test
  void a_row_moved_to_another_workspace_does_not_open() {
    var id = put("ws_1");
    execute("update secret set workspace_id = 'ws_2'");
    assertUnreadable("ws_2", id, "cannot be opened");
  }

  @Test
  void rows_swapped_between_secrets_do_not_open() {
    var one = put("ws_1");
    var two = put("ws_1");
    execute(
        """
        update secret s set nonce = o.nonce, ciphertext = o.ciphertext from secret o
        where o.id <> s.id
        """);
    assertUnreadable("ws_1", one, "cannot be opened");
    assertUnreadable("ws_1", two, "cannot be opened");
  }

  @Test
  void an_earlier_version_put_back_does_not_open() {
    var id = put("ws_1");
    execute("create table kept as select * from secret");
    database.database().useTx(tx -> vault.replace(tx, "ws_1", id, Secret.of("second")));
    execute("update secret s set nonce = k.nonce, ciphertext = k.ciphertext from kept k");
    assertUnreadable("ws_1", id, "cannot be opened");
  }

  @Test
  void a_tampered_row_does_not_open() {
    var id = put("ws_1");
    execute("update secret set ciphertext = set_bit(ciphertext, 3, 1 - get_bit(ciphertext, 3))");
    assertUnreadable("ws_1", id, "cannot be opened");
  }

  @Test
  void no_table_holds_a_value_in_clear() {
    database.database().useTx(tx -> vault.put(tx, "ws_1", Secret.of("sk-canary-plain")));
    assertThat(
            count(
                """
                select count(*) from secret
                where position('sk-canary-plain'::bytea in ciphertext) > 0
                """))
        .isZero();
  }

  @Test
  void the_key_file_is_for_its_owner_alone() throws IOException {
    var permissions = Files.getPosixFilePermissions(keyFile());
    assertThat(PosixFilePermissions.toString(permissions)).isEqualTo("rw-------");
  }

  @Test
  void the_vault_opens_again_with_the_same_key() throws VaultRefused {
    var id = put("ws_1");
    vault = Vault.open(home, database.database());
    assertThat(value("ws_1", id)).isEqualTo(CANARY);
    assertThat(count("select count(*) from vault_key")).isEqualTo(1);
  }

  @Test
  void a_key_file_serves_a_new_database_too() throws VaultRefused {
    try (var second = TestDatabase.fresh()) {
      var vault = Vault.open(home, second.database());
      var id = second.database().inTx(tx -> vault.put(tx, "ws_1", Secret.of("value")));
      assertThat(second.database().inTx(tx -> vault.open(tx, "ws_1", id)).reveal())
          .isEqualTo("value");
    }
  }

  @Test
  void a_missing_key_is_refused_and_not_replaced() throws IOException {
    Files.delete(keyFile());
    assertRefused("is missing");
    assertThat(keyFile()).doesNotExist();
  }

  @Test
  void another_key_is_refused() throws IOException {
    Files.writeString(keyFile(), MasterKey.generate().text());
    assertRefused("is not the one of this database");
  }

  @Test
  void secrets_of_a_key_that_the_database_does_not_know_are_refused() {
    put("ws_1");
    execute("insert into vault_key (id, check_value, state) values ('other', '', 'old')");
    execute("update secret set key_id = 'other'");
    assertRefused("lacks the earlier key other");
  }

  @Test
  void a_damaged_key_is_refused_without_its_content() throws IOException {
    Files.writeString(keyFile(), "deadbeef");
    assertRefused("is damaged");
    Files.write(keyFile(), new byte[] {(byte) 0xff, 0, 1});
    assertRefused("is damaged");
    Files.writeString(keyFile(), "# nothing\n");
    assertRefused("is damaged");
  }

  @Test
  void a_key_that_others_may_read_is_refused() throws IOException {
    Files.setPosixFilePermissions(keyFile(), PosixFilePermissions.fromString("rw-r--r--"));
    assertRefused("chmod 600");
  }

  @Test
  void a_home_that_does_not_exist_is_refused() {
    try (var second = TestDatabase.fresh()) {
      assertThatExceptionOfType(VaultRefused.class)
          .isThrownBy(() -> Vault.open(home.resolve("nowhere"), second.database()))
          .withMessageContaining("cannot be read or written");
      assertThat(second.database().direct(new VaultKeyStore()::keys)).isEmpty();
    }
  }

  @Test
  void a_secret_shows_nothing_as_text_or_json() {
    var secret = Secret.of(CANARY);
    record Holder(String name, Secret secret) {}
    assertThat(secret).hasToString("***");
    assertThat(Json.write(secret)).isEqualTo("\"***\"");
    assertThat(Json.write(Map.of("a", secret))).isEqualTo("{\"a\":\"***\"}");
    assertThat(Json.write(new Holder("n", secret))).doesNotContain("sk-");
    assertThat(Json.tree(secret).toString()).isEqualTo("\"***\"");
    assertThat(new Holder("n", secret).toString()).doesNotContain("sk-");
    assertThat("%s".formatted(secret)).doesNotContain("sk-");
    assertThat(secret).isNotInstanceOf(Serializable.class);
  }

  private void assertRefused(String reason) {
    var e = catchThrowableOfType(VaultRefused.class, () -> Vault.open(home, database.database()));
    assertThat(e).hasMessageContaining(reason).hasMessageContaining("master.key").hasNoCause();
    assertThat(e).hasMessageNotContaining("deadbeef");
  }

  private void assertUnreadable(String workspaceId, String id, String reason) {
    var e = catchThrowableOfType(SecretUnreadable.class, () -> value(workspaceId, id));
    assertThat(e).hasMessageContaining(reason).hasMessageNotContaining("sk-").hasNoCause();
  }

  private String put(String workspaceId) {
    return database.database().inTx(tx -> vault.put(tx, workspaceId, Secret.of(CANARY)));
  }

  private String value(String workspaceId, String id) {
    return database.database().inTx(tx -> vault.open(tx, workspaceId, id)).reveal();
  }

  private void execute(String sql) {
    database.database().useTx(tx -> tx.handle().execute(sql));
  }

  private int count(String sql) {
    return database.database().inTx(tx -> tx.handle().createQuery(sql).mapTo(Integer.class).one());
  }

  private Path keyFile() {
    return home.resolve("master.key");
  }
}
