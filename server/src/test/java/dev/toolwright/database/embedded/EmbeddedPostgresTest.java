package dev.toolwright.database.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.toolwright.database.DatabaseAddress;
import dev.toolwright.database.TestDatabase;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EmbeddedPostgresTest {
  private static final Map<String, String> FAST = Map.of("fsync", "off");

  private final List<EmbeddedPostgres> started = new ArrayList<>();
  private Path place = Path.of("");
  private EmbeddedSettings settings = EmbeddedSettings.below(Path.of("target"));

  @BeforeEach
  void choose_a_place() throws IOException {
    var root = TestDatabase.directory();
    place = Files.createTempDirectory(root, "embedded-");
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxr-xr-x"));
    settings =
        new EmbeddedSettings(
            place.resolve("state"), root.resolve("bin"), place.resolve("pg data"), FAST);
  }

  @AfterEach
  void clean_up() throws IOException {
    started.forEach(EmbeddedPostgres::close);
    Permissions.delete(place);
  }

  @Test
  void data_survives_a_clean_stop_and_start() throws Exception {
    try (var first = start()) {
      assertThat(first.adopted()).isFalse();
      execute(first.address(), "create table kept as select 42 as number");
    }
    assertThat(PostmasterFile.read(settings.data())).isEmpty();
    try (var second = start()) {
      assertThat(second.adopted()).isFalse();
      assertThat(value(second.address(), "select number from kept")).isEqualTo("42");
    }
  }

  @Test
  void data_is_written_through_and_only_loopback_with_a_password_is_served() throws Exception {
    settings =
        new EmbeddedSettings(settings.home(), settings.binaries(), settings.data(), Map.of());
    try (var server = start()) {
      assertThat(value(server.superuser(), "show fsync")).isEqualTo("on");
      assertThat(value(server.superuser(), "show listen_addresses")).isEqualTo("127.0.0.1");
      assertThat(value(server.superuser(), "show unix_socket_directories")).isEmpty();
      assertThat(value(server.superuser(), "show server_encoding")).isEqualTo("UTF8");
      assertThat(value(server.superuser(), "show data_checksums")).isEqualTo("on");
      assertThat(
              value(
                  server.superuser(),
                  "select string_agg(distinct auth_method, ',') from pg_hba_file_rules"))
          .isEqualTo("scram-sha-256");
      assertThat(value(server.address(), "select usesuper from pg_user where usename = user"))
          .isEqualTo("f");
    }
  }

  @Test
  void nobody_else_can_read_the_passwords_or_the_data() throws Exception {
    try (var server = start()) {
      assertThat(server.address().password()).isNotEqualTo(server.superuser().password());
      assertThat(server.address().toString()).doesNotContain(server.address().password());
    }
    assertThat(permissions(settings.home())).isEqualTo("rwx------");
    assertThat(permissions(settings.home().resolve("password"))).isEqualTo("rw-------");
    assertThat(permissions(settings.home().resolve("superuser-password"))).isEqualTo("rw-------");
    assertThat(permissions(settings.data())).isEqualTo("rwx------");
  }

  @Test
  void a_server_killed_without_warning_recovers_at_the_next_start() throws Exception {
    var first = start();
    execute(first.address(), "create table kept as select 42 as number");
    var postmaster = PostmasterFile.read(settings.data()).orElseThrow();
    ProcessHandle.of(postmaster.pid()).orElseThrow().destroyForcibly();
    first.close();
    try (var second = start()) {
      assertThat(second.adopted()).isFalse();
      assertThat(value(second.address(), "select number from kept")).isEqualTo("42");
    }
  }

  @Test
  void a_server_that_stops_by_itself_is_started_again_where_it_was() throws Exception {
    try (var server = start()) {
      execute(server.address(), "create table kept as select 42 as number");
      var postmaster = PostmasterFile.read(settings.data()).orElseThrow();
      ProcessHandle.of(postmaster.pid()).orElseThrow().destroyForcibly();
      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .untilAsserted(
              () -> assertThat(value(server.address(), "select number from kept")).isEqualTo("42"));
    }
    assertThat(PostmasterFile.read(settings.data())).isEmpty();
  }

  @Test
  void the_server_of_a_killed_process_is_adopted_and_stopped_at_the_end() throws Exception {
    var child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Abandoned.class.getName(),
                settings.home().toString(),
                settings.binaries().toString(),
                settings.data().toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var output =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      var url = output.readLine();
      child.destroyForcibly().waitFor();
      try (var server = start()) {
        assertThat(server.adopted()).isTrue();
        assertThat(server.address().jdbcUrl()).isEqualTo(url);
        execute(server.address(), "create table works as select 1");
      }
    } finally {
      child.destroyForcibly();
    }
    assertThat(PostmasterFile.read(settings.data())).isEmpty();
  }

  @Test
  void a_stranger_on_our_port_is_left_alone() throws Exception {
    start().close();
    var port = Integer.parseInt(Files.readString(settings.home().resolve("port")).strip());
    try (var stranger = new ServerSocket(port, 5, InetAddress.ofLiteral("127.0.0.1"));
        var server = start()) {
      assertThat(server.address().jdbcUrl()).doesNotContain(":" + port + "/");
      assertThat(value(server.address(), "select 1")).isEqualTo("1");
      stranger.setSoTimeout(1);
      assertThatThrownBy(stranger::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void a_lock_file_whose_process_is_now_another_program_does_not_block_the_start()
      throws Exception {
    start().close();
    Files.writeString(
        settings.data().resolve("postmaster.pid"),
        ProcessHandle.current().pid() + "\n" + settings.data() + "\n0\n5432\n\n\n\nready   \n");
    try (var server = start()) {
      assertThat(server.adopted()).isFalse();
      assertThat(value(server.address(), "select 1")).isEqualTo("1");
    }
  }

  @Test
  void a_cluster_with_another_identity_is_refused_and_not_left_running() throws Exception {
    start().close();
    Files.writeString(settings.home().resolve("cluster-id"), "1234567890\n");
    assertThatThrownBy(this::start)
        .isInstanceOf(EmbeddedPostgresException.class)
        .hasMessageContaining("is not ours");
    assertThat(PostmasterFile.read(settings.data())).isEmpty();
  }

  @Test
  void a_second_server_on_the_same_home_is_refused() throws Exception {
    try (var first = start()) {
      assertThatThrownBy(this::start)
          .isInstanceOf(EmbeddedPostgresException.class)
          .hasMessageContaining("Another Toolwright server is using " + settings.home());
      assertThat(value(first.address(), "select 1")).isEqualTo("1");
    }
  }

  @Test
  void data_without_its_password_or_of_another_version_is_refused_with_the_way_out()
      throws Exception {
    start().close();
    var password = settings.home().resolve("superuser-password");
    var aside = Files.move(password, place.resolve("aside"));
    assertThatThrownBy(this::start).hasMessageContaining("not its password " + password);
    Files.move(aside, password);
    Files.writeString(settings.data().resolve("PG_VERSION"), "15\n");
    assertThatThrownBy(this::start)
        .isInstanceOf(EmbeddedPostgresException.class)
        .hasMessageContaining("written by PostgreSQL 15");
  }

  @Test
  void an_installed_postgresql_serves_as_well_and_a_half_made_cluster_is_swept_away()
      throws Exception {
    var bundled = Binaries.directory(settings.binaries());
    var leftover = Files.createDirectory(place.resolve("pg data.creating-1"));
    settings = settings.with(bundled.resolve(".."));
    try (var server = start()) {
      assertThat(value(server.address(), "show server_version")).startsWith("18");
      assertThat(leftover).doesNotExist();
    }
  }

  private EmbeddedPostgres start() throws InterruptedException {
    var server = EmbeddedPostgres.start(settings);
    started.add(server);
    return server;
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static void execute(DatabaseAddress address, String sql) throws SQLException {
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String value(DatabaseAddress address, String sql) throws SQLException {
    try (var connection =
            DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return String.valueOf(rows.getString(1));
    }
  }
}
