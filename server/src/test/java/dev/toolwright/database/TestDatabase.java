package dev.toolwright.database;

import dev.toolwright.database.embedded.EmbeddedPostgres;
import dev.toolwright.database.embedded.EmbeddedSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// A migrated database of a test's own on one PostgreSQL server per JVM, made in some tens of
/// milliseconds. Closing drops it.
public final class TestDatabase implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final DatabaseAddress address;
  private final String name;
  private Database database;

  private TestDatabase(DatabaseAddress address, String name) {
    this.address = address;
    this.name = name;
    this.database = Database.open(address, 10);
  }

  /// A new database with the current schema and nothing in it.
  public static TestDatabase fresh() {
    var server = Holder.SERVER;
    var name = "test_" + NUMBER.incrementAndGet();
    server.execute("create database " + name + " template template_test owner toolwright");
    return new TestDatabase(server.address(name), name);
  }

  public DatabaseAddress address() {
    return address;
  }

  public Database database() {
    return database;
  }

  /// Cuts every session of the server under test and lets no new one in, as while the database
  /// restarts.
  public void cut() {
    database.close();
    Holder.SERVER.execute("alter database " + name + " allow_connections false");
    terminate();
  }

  /// Takes sessions again.
  public void mend() {
    Holder.SERVER.execute("alter database " + name + " allow_connections true");
    database = Database.open(address, 10);
  }

  /// Has all sessions begin anew, and only read, as after a change to a replica; or write again.
  public void readOnly(boolean only) {
    Holder.SERVER.execute(
        "alter database " + name + " set default_transaction_read_only = " + only);
    terminate();
  }

  private void terminate() {
    Holder.SERVER.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name + "'");
  }

  /// Removes every row, so that the tests of a class can share a database.
  public void empty() {
    database.useTx(tx -> {
      var tables =
          tx.handle()
              .createQuery(
                  """
                  select string_agg(quote_ident(tablename), ', ') from pg_tables
                  where schemaname = 'public' and tablename <> 'flyway_schema_history'
                  """)
              .mapTo(String.class)
              .one();
      tx.handle().execute("truncate " + tables + " cascade");
    });
  }

  /// Where tests keep PostgreSQL servers: below `target`, unless root runs the tests in a directory
  /// that an unprivileged PostgreSQL cannot reach: then in the system's temporary directory.
  public static Path directory() throws IOException {
    var target = Path.of("target").toAbsolutePath();
    for (var path = target.getParent(); path != null; path = path.getParent()) {
      if (!Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_EXECUTE)) {
        target = Path.of(System.getProperty("java.io.tmpdir"));
        break;
      }
    }
    var root = target.resolve("toolwright-test-postgres");
    Files.createDirectories(root);
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    return root;
  }

  /// The unpacked PostgreSQL, so that a test with a server of its own need not unpack it again.
  public static Path programs() throws IOException {
    fresh().close();
    try (var releases = Files.list(directory().resolve("bin"))) {
      return releases
          .filter(release -> Files.isExecutable(release.resolve("bin/postgres")))
          .findFirst()
          .orElseThrow();
    }
  }

  @Override
  public void close() {
    database.close();
    Holder.SERVER.execute("drop database if exists " + name + " with (force)");
  }

  /// Starts the server when the first test asks for a database.
  private static final class Holder {
    static final Server SERVER = Server.start();
  }

  private record Server(EmbeddedPostgres postgres) {
    static Server start() {
      try {
        var root = directory();
        var run = root.resolve("run-" + ProcessHandle.current().pid());
        var settings =
            new EmbeddedSettings(
                run.resolve("state"),
                root.resolve("bin"),
                run.resolve("data"),
                Map.of("fsync", "off", "synchronous_commit", "off", "max_connections", "200"));
        removeDead(root);
        var server = new Server(EmbeddedPostgres.start(settings));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(run)));
        server.execute("create database template_test owner toolwright");
        Database.open(server.address("template_test"), 2).close();
        return server;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    void stop(Path run) {
      postgres.close();
      delete(run);
    }

    DatabaseAddress address(String database) {
      var url = postgres.address().jdbcUrl();
      return new DatabaseAddress(
          url.substring(0, url.lastIndexOf('/') + 1) + database,
          postgres.address().user(),
          postgres.address().password());
    }

    void execute(String sql) {
      var superuser = postgres.superuser();
      try (var connection =
              DriverManager.getConnection(
                  superuser.jdbcUrl(), superuser.user(), superuser.password());
          var statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(sql, e);
      }
    }

    /// Directories of test runs that were killed; a PostgreSQL still on one of them ends when it
    /// finds its files gone.
    private static void removeDead(Path root) throws IOException {
      try (var runs = Files.list(root)) {
        runs.filter(run -> run.getFileName().toString().startsWith("run-"))
            .filter(run ->
                ProcessHandle.of(Long.parseLong(run.getFileName().toString().substring(4)))
                    .isEmpty())
            .forEach(Server::delete);
      }
    }

    private static void delete(Path directory) {
      try (var below = Files.walk(directory)) {
        for (var file : below.toList().reversed()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
