package dev.toolwright.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.toolwright.database.Database;
import dev.toolwright.database.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// New master keys, while servers read and write with the ones they hold.
@SuppressWarnings("NullAway.Init")
class RotationTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir private Path home;
  @TempDir private Path otherHome;
  private static TestDatabase database;
  private final List<String> said = new CopyOnWriteArrayList<>();
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
  void every_secret_goes_under_a_new_key_and_keeps_its_value_and_version() throws Exception {
    var values = stored(250);
    var replaced = values.keySet().iterator().next();
    db().useTx(tx -> vault.replace(tx, workspace(replaced), id(replaced), Secret.of("second")));
    values.put(replaced, "second");
    var before = currentKey();
    assertThat(rotate(home)).isTrue();
    assertThat(currentKey()).isNotEqualTo(before);
    assertThat(texts("select distinct key_id from secret")).containsExactly(currentKey());
    assertThat(texts("select state from vault_key where id = '" + before + "'"))
        .containsExactly("retired");
    assertThat(texts("select max(version)::text from secret")).containsExactly("2");
    assertThat(said).last().asString().contains("250 secrets", "Back up");
    assertReadable(vault, values);
    assertReadable(Vault.open(home, db()), values);
    assertThat(Files.readAllLines(home.resolve("master.key")))
        .hasSize(2)
        .first()
        .asString()
        .endsWith("# key " + currentKey());
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.resolve("master.key"))))
        .isEqualTo("rw-------");
    assertThat(rotate(home)).isTrue();
    assertReadable(vault, values);
  }

  @Test
  void a_retired_key_alone_starts_nothing() throws Exception {
    stored(1);
    var old = Files.readString(home.resolve("master.key"));
    rotate(home);
    Files.writeString(home.resolve("master.key"), old);
    assertThatExceptionOfType(VaultRefused.class)
        .isThrownBy(() -> Vault.open(home, db()))
        .withMessageContaining("is not the one of this database");
  }

  @Test
  void servers_read_and_write_all_the_while_and_nothing_fails() throws Exception {
    var values = stored(300);
    var failures = new CopyOnWriteArrayList<Throwable>();
    var done = new AtomicInteger();
    var end = new AtomicBoolean();
    try (var one = new KeyWatch(db(), vault, "one");
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(one).isNotNull();
      for (var i = 0; i < 4; i++) {
        threads.execute(() -> {
          while (!end.get()) {
            try {
              work(values);
              done.incrementAndGet();
            } catch (RuntimeException | AssertionError e) {
              failures.add(e);
            }
          }
        });
      }
      await().until(() -> done.get() > 20);
      for (var round = 0; round < 3; round++) {
        assertThat(rotate(home)).isTrue();
      }
      var finished = done.get();
      await().until(() -> done.get() > finished + 20);
      end.set(true);
    }
    assertThat(failures).isEmpty();
    assertThat(texts("select distinct key_id from secret")).containsExactly(currentKey());
  }

  private void work(Map<String, String> values) {
    var keys = List.copyOf(values.keySet());
    var some = keys.get(ThreadLocalRandom.current().nextInt(keys.size()));
    assertThat(value(vault, some)).isEqualTo(values.get(some));
    var id = db().inTx(tx -> vault.put(tx, "ws_9", Secret.of("made meanwhile")));
    db().useTx(tx -> vault.replace(tx, "ws_9", id, Secret.of("changed meanwhile")));
    assertThat(value(vault, "ws_9/" + id)).isEqualTo("changed meanwhile");
  }

  @Test
  void a_secret_that_is_stored_meanwhile_is_never_left_behind() throws Exception {
    var old = currentKey();
    var sealed = new CountDownLatch(1);
    var commit = new CountDownLatch(1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> slow =
          threads.submit(() ->
              db().inTx(tx -> {
                var id = vault.put(tx, "ws_1", Secret.of("slow"));
                sealed.countDown();
                awaitQuietly(commit);
                return id;
              }));
      sealed.await();
      var rotating = threads.submit(() -> rotate(home));
      await().atMost(LONG).until(() -> !currentKey().equals(old));
      await().atMost(LONG).until(RotationTest::somebodyWaits);
      assertThat(rotating.isDone()).isFalse();
      commit.countDown();
      assertThat(rotating.get()).isTrue();
      assertThat(value(vault, "ws_1/" + slow.get())).isEqualTo("slow");
    }
    assertThat(texts("select key_id from secret")).containsExactly(currentKey());
  }

  private static boolean somebodyWaits() {
    return texts(
                """
                select pid::text from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'
                """)
            .size()
        == 1;
  }

  @Test
  void a_server_with_a_key_file_of_its_own_is_waited_for_and_told_what_to_do() throws Exception {
    var values = stored(3);
    Files.copy(home.resolve("master.key"), otherHome.resolve("master.key"));
    var other = Vault.open(otherHome, db());
    try (var one = new KeyWatch(db(), vault, "one");
        var two = new KeyWatch(db(), other, "two");
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(List.of(one, two)).hasSize(2);
      await().until(() -> texts("select node_id from vault_node").size() == 2);
      var rotating = threads.submit(() -> rotate(home));
      await()
          .atMost(LONG)
          .untilAsserted(() ->
              assertThat(said)
                  .contains(
                      "Waiting for two. Copy master.key of the server where the rotation was begun to its home (mode 600); it is read while the server runs."));
      assertThat(texts("select state from vault_key order by state"))
          .containsExactly("current", "next");
      assertReadable(other, values);
      assertThatExceptionOfType(VaultRefused.class)
          .isThrownBy(() -> rotate(otherHome))
          .withMessageContaining("was begun elsewhere");
      Files.copy(
          home.resolve("master.key"),
          otherHome.resolve("master.key"),
          StandardCopyOption.REPLACE_EXISTING);
      assertThat(rotating.get()).isTrue();
      assertReadable(other, values);
    }
    assertThat(texts("select node_id from vault_node")).isEmpty();
  }

  @Test
  void a_secret_that_no_key_opens_keeps_the_old_key_and_is_named() throws Exception {
    var values = stored(120);
    var broken = values.keySet().iterator().next();
    var old = currentKey();
    execute("update secret set nonce = ciphertext where id = '" + id(broken) + "'");
    assertThat(rotate(home)).isFalse();
    assertThat(said).last().asString().contains("119 secrets", "1 cannot be opened", id(broken));
    assertThat(texts("select id from vault_key where state = 'old'")).containsExactly(old);
    values.remove(broken);
    assertReadable(vault, values);
    assertReadable(Vault.open(home, db()), values);
    db().useTx(tx -> vault.replace(tx, workspace(broken), id(broken), Secret.of("anew")));
    assertThat(rotate(home)).isTrue();
    assertThat(texts("select id from vault_key where state = 'old'")).isEmpty();
  }

  @Test
  void a_key_that_an_operator_puts_into_the_file_is_the_new_one() throws Exception {
    stored(2);
    var given = MasterKey.generate();
    var file = home.resolve("master.key");
    Files.writeString(file, given.text() + "\n" + Files.readString(file));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(rotate(home)).isTrue();
    assertThat(currentKey()).isEqualTo(given.id());
  }

  @Test
  void nothing_is_made_where_no_server_ever_was() throws Exception {
    try (var empty = TestDatabase.fresh()) {
      var rotation = new Rotation(empty.database(), VaultSettings.keyFile(otherHome), said::add);
      assertThat(rotation.run()).isTrue();
      assertThat(said).singleElement().asString().contains("no master key yet");
      assertThat(otherHome).isEmptyDirectory();
    }
  }

  @Test
  void the_status_tells_keys_and_servers_and_no_key_itself() throws Exception {
    stored(2);
    rotate(home);
    var status =
        String.join("\n", new Rotation(db(), VaultSettings.keyFile(home), said::add).status());
    assertThat(status).contains(currentKey() + "  current  key file   2 secrets", "retired");
    for (var line : Files.readAllLines(home.resolve("master.key"))) {
      assertThat(status).doesNotContain(line.substring(0, 64));
    }
  }

  private boolean rotate(Path home) throws VaultRefused, InterruptedException {
    return new Rotation(db(), VaultSettings.keyFile(home), said::add).run();
  }

  /// `workspace/id` → value.
  private Map<String, String> stored(int count) {
    var values = new TreeMap<String, String>();
    db().useTx(tx -> {
      for (var i = 0; i < count; i++) {
        var workspace = "ws_" + i % 3;
        values.put(
            workspace + "/" + vault.put(tx, workspace, Secret.of("value " + i)), "value " + i);
      }
    });
    return values;
  }

  private static void assertReadable(Vault vault, Map<String, String> values) {
    var read = new TreeMap<String, String>();
    values.keySet().forEach(key -> read.put(key, value(vault, key)));
    assertThat(read).isEqualTo(values);
  }

  private static String value(Vault vault, String key) {
    return db().direct(tx -> vault.open(tx, workspace(key), id(key))).reveal();
  }

  private static String workspace(String key) {
    return key.substring(0, key.indexOf('/'));
  }

  private static String id(String key) {
    return key.substring(key.indexOf('/') + 1);
  }

  private static String currentKey() {
    return texts("select id from vault_key where state = 'current'").getFirst();
  }

  private static void execute(String sql) {
    db().useTx(tx -> tx.handle().execute(sql));
  }

  private static List<String> texts(String query) {
    return db().direct(
            tx -> new ArrayList<>(tx.handle().createQuery(query).mapTo(String.class).list()));
  }

  private static Database db() {
    return database.database();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
