package dev.toolwright.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.toolwright.database.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Master keys that come from a passphrase rather than from a file.
@SuppressWarnings("NullAway.Init")
class PassphraseTest {
  private static final String RIGHT = "correct horse battery staple";
  private static final String OTHER = "another horse, quite another";

  @TempDir private Path home;
  private static TestDatabase database;
  private final List<String> said = new ArrayList<>();

  @BeforeAll
  static void create() {
    database = TestDatabase.fresh();
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  @AfterEach
  void empty() {
    database.empty();
  }

  @Test
  void scrypt_is_computed_as_its_standard_says() {
    // RFC 7914, 12.
    var derivation = new Derivation(bytes("NaCl"), 1024, 8, 16);
    assertThat(HexFormat.of().formatHex(derivation.derived(bytes("password"), 64)))
        .isEqualTo(
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
  }

  @Test
  void the_right_passphrase_opens_the_vault_on_every_machine_and_no_file_is_needed()
      throws Exception {
    var id = put(Vault.open(settings(RIGHT, null), database.database()));
    assertThat(home).isEmptyDirectory();
    assertThat(value(Vault.open(settings(RIGHT, null), database.database()), id))
        .isEqualTo("value");
    assertThat(count("select count(*) from vault_key where salt is not null")).isEqualTo(1);
  }

  @Test
  void a_wrong_or_missing_passphrase_is_refused_and_changes_nothing() throws Exception {
    put(Vault.open(settings(RIGHT, null), database.database()));
    assertThat(refusal(settings(OTHER, null)))
        .startsWith("The master passphrase of TOOLWRIGHT_MASTER_PASSPHRASE is not the one")
        .doesNotContain(OTHER);
    assertThat(refusal(VaultSettings.keyFile(home)))
        .contains(
            "sealed under a passphrase, and none is set", "TOOLWRIGHT_MASTER_PASSPHRASE_FILE");
    assertThat(home).isEmptyDirectory();
    assertThat(count("select count(*) from vault_key")).isEqualTo(1);
  }

  @Test
  void a_passphrase_that_was_set_later_does_not_replace_a_missing_key_file() throws Exception {
    put(Vault.open(home, database.database()));
    assertThat(value(Vault.open(settings(RIGHT, null), database.database()), onlyId()))
        .as("the key file still serves")
        .isEqualTo("value");
    Files.delete(home.resolve("master.key"));
    assertThat(refusal(settings(RIGHT, null))).contains("master.key is missing");
  }

  @Test
  void the_passphrase_may_lie_in_a_file() throws Exception {
    var file = Files.writeString(home.resolve("passphrase"), "\n" + RIGHT + "\n");
    var id = put(Vault.open(settings(null, file), database.database()));
    assertThat(value(Vault.open(settings(RIGHT, null), database.database()), id))
        .isEqualTo("value");
    Files.writeString(file, OTHER + "\n");
    assertThat(refusal(settings(null, file))).contains(file + " is not the one");
    Files.writeString(file, "short\n");
    assertThat(refusal(settings(null, file))).contains("at least 12").doesNotContain("short");
    Files.delete(file);
    assertThat(refusal(settings(null, file))).contains("cannot be read");
  }

  @Test
  void a_rotation_takes_a_new_salt_and_running_servers_learn_it() throws Exception {
    var running = Vault.open(settings(RIGHT, null), database.database());
    var id = put(running);
    assertThat(rotate(VaultSettings.keyFile(home))).as("needs the passphrase").isNull();
    assertThat(rotate(settings(RIGHT, null))).isTrue();
    assertThat(said).anyMatch(line -> line.contains("derived from the passphrase with a new salt"));
    assertThat(value(running, id)).as("a running server learns by reading").isEqualTo("value");
  }

  @Test
  void a_new_passphrase_comes_first_and_the_earlier_one_is_needed_until_the_rotation()
      throws Exception {
    var file = Files.writeString(home.resolve("passphrase"), RIGHT + "\n");
    var running = Vault.open(settings(null, file), database.database());
    var id = put(running);
    Files.writeString(file, OTHER + "\n" + RIGHT + "\n");
    try (var watch = new KeyWatch(database.database(), running, "one")) {
      assertThat(watch).isNotNull();
      assertThat(rotate(settings(null, file))).isTrue();
    }
    assertThat(value(running, id)).isEqualTo("value");
    Files.writeString(file, OTHER + "\n");
    assertThat(value(Vault.open(settings(null, file), database.database()), id)).isEqualTo("value");
    assertThat(refusal(settings(RIGHT, null))).contains("is not the one of this database");
  }

  @Test
  void a_passphrase_may_take_over_from_the_key_file() throws Exception {
    var running = Vault.open(home, database.database());
    var id = put(running);
    assertThat(rotate(settings(RIGHT, null))).isTrue();
    Files.delete(home.resolve("master.key"));
    assertThat(value(Vault.open(settings(RIGHT, null), database.database()), id))
        .isEqualTo("value");
  }

  private VaultSettings settings(@Nullable String passphrase, @Nullable Path file) {
    return new VaultSettings(
        home, Optional.ofNullable(passphrase).map(Secret::of), Optional.ofNullable(file));
  }

  private static String refusal(VaultSettings settings) {
    var e =
        catchThrowableOfType(VaultRefused.class, () -> Vault.open(settings, database.database()));
    assertThat(e).isNotNull().hasNoCause();
    return String.valueOf(e.getMessage());
  }

  private @Nullable Boolean rotate(VaultSettings settings) throws InterruptedException {
    try {
      return new Rotation(database.database(), settings, said::add).run();
    } catch (VaultRefused e) {
      said.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static String put(Vault vault) {
    return database.database().inTx(tx -> vault.put(tx, "ws_1", Secret.of("value")));
  }

  private static String value(Vault vault, String id) {
    return database.database().inTx(tx -> vault.open(tx, "ws_1", id)).reveal();
  }

  private static String onlyId() {
    return database
        .database()
        .direct(tx -> tx.handle().createQuery("select id from secret").mapTo(String.class).one());
  }

  private static int count(String sql) {
    return database.database().inTx(tx -> tx.handle().createQuery(sql).mapTo(Integer.class).one());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
