package dev.toolwright.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.toolwright.http.Problem;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.StatementExceptions;

/// The connection pool and the schema. Virtual threads make the pool the only limiter: a caller
/// waits at most two seconds for a connection and is then told 503.
public final class Database implements AutoCloseable {
  private static final Duration CONNECTION_WAIT = Duration.ofSeconds(2);

  private static final int ATTEMPTS = 4;

  /// Serialization failure and deadlock.
  private static final Set<String> GIVEN_UP = Set.of("40001", "40P01");

  /// Connection lost, server stopping or starting, too many connections, read-only.
  private static final Set<String> OUT_OF_REACH = Set.of("08", "57P", "53300", "25006");

  private final DatabaseAddress address;
  private final HikariDataSource pool;
  private final Jdbi jdbi;

  private Database(DatabaseAddress address, HikariDataSource pool) {
    this.address = address;
    this.pool = pool;
    this.jdbi = Jdbi.create(pool);
    // What is bound to a statement is somebody's data and has no business in a log.
    jdbi.getConfig(StatementExceptions.class)
        .setMessageRendering(StatementExceptions.MessageRendering.NONE);
  }

  /// Connects, brings the schema up to date and refuses a schema newer than this release knows.
  public static Database open(DatabaseAddress address, int poolSize) {
    Flyway.configure()
        .dataSource(address.jdbcUrl(), address.user(), address.password())
        .locations("classpath:db/migration")
        .load()
        .migrate();
    var config = new HikariConfig();
    config.setPoolName("toolwright");
    config.setJdbcUrl(address.jdbcUrl());
    config.setUsername(address.user());
    config.setPassword(address.password());
    config.setMaximumPoolSize(poolSize);
    config.setMinimumIdle(2);
    config.setConnectionTimeout(CONNECTION_WAIT.toMillis());
    // A plan made while a table was empty reads all of it, and is kept while the table grows.
    config.setConnectionInitSql("set enable_seqscan = off");
    config.addDataSourceProperty("ApplicationName", "toolwright");
    config.addDataSourceProperty("prepareThreshold", "3");
    config.addDataSourceProperty("reWriteBatchedInserts", "true");
    config.addDataSourceProperty("tcpKeepAlive", "true");
    return new Database(address, new HikariDataSource(config));
  }

  /// Runs `work` in one transaction: all of it, or nothing. When PostgreSQL gives it up for
  /// another's sake (a deadlock) it is run again, so `work` does nothing but SQL.
  ///
  /// @throws Problem 503 when the database is out of reach
  public <T> T inTx(Function<Tx, T> work) {
    for (var attempt = 1; ; attempt++) {
      try {
        return jdbi.withHandle(handle -> Tx.in(handle, work));
      } catch (JdbiException e) {
        if (attempt == ATTEMPTS || !GIVEN_UP.contains(state(e))) {
          throw translated(e);
        }
      }
    }
  }

  public void useTx(Consumer<Tx> work) {
    inTx(tx -> {
      work.accept(tx);
      return true;
    });
  }

  /// Runs a single statement or reads that need no common snapshot, each committed on its own.
  public <T> T direct(Function<Tx, T> work) {
    try {
      return jdbi.withHandle(handle -> work.apply(Tx.direct(handle)));
    } catch (JdbiException e) {
      throw translated(e);
    }
  }

  /// What tells this database from every other, also from a copy of it: 8 hexadecimal digits.
  public String identity() {
    var name =
        direct(tx ->
            tx.handle()
                .createQuery(
                    "select system_identifier::text || '/' || current_database() from pg_control_system()")
                .mapTo(String.class)
                .one());
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString().substring(0, 8);
  }

  static RuntimeException translated(JdbiException e) {
    var state = state(e);
    return e instanceof ConnectionException || OUT_OF_REACH.stream().anyMatch(state::startsWith)
        ? unavailable()
        : e;
  }

  /// The SQLSTATE behind an exception; empty when there is none.
  private static String state(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState();
      }
    }
    return "";
  }

  /// A connection outside the pool.
  ///
  /// @param readTimeout after which an answer that does not come breaks it
  /// @throws Problem 503 when there is none to be had
  public Line line(String name, Duration readTimeout) {
    try {
      return new Line(Jdbi.open(() -> dedicated(name, readTimeout)));
    } catch (JdbiException e) {
      throw translated(e);
    }
  }

  /// @param readTimeout zero waits for ever
  Connection dedicated(String name, Duration readTimeout) throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", address.user());
    properties.setProperty("password", address.password());
    properties.setProperty("ApplicationName", "toolwright-" + name);
    properties.setProperty("socketTimeout", String.valueOf(readTimeout.toSeconds()));
    properties.setProperty("connectTimeout", "2");
    return DriverManager.getConnection(address.jdbcUrl(), properties);
  }

  /// Whether the database answers now.
  public boolean answers() {
    try (var connection = pool.getConnection()) {
      return connection.isValid(2);
    } catch (SQLTransientConnectionException e) {
      return false;
    } catch (SQLException e) {
      return false;
    }
  }

  private static Problem unavailable() {
    return Problem.retryLater(
        Problem.Kind.UNAVAILABLE,
        "The database does not answer; try again shortly",
        Duration.ofSeconds(2));
  }

  @Override
  public void close() {
    pool.close();
  }
}
