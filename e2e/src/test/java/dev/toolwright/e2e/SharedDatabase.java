package dev.toolwright.e2e;

import dev.toolwright.database.DatabaseAddress;
import dev.toolwright.database.embedded.EmbeddedPostgres;
import dev.toolwright.database.embedded.EmbeddedSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/// A database of a test class's own, as an operator brings one, on one PostgreSQL server per test
/// run. The test may look into it, and several nodes may share it.
final class SharedDatabase implements BeforeAllCallback, AfterAllCallback {
  private final String name = "e2e_" + UUID.randomUUID().toString().substring(0, 8);
  private @Nullable Server server;

  /// The PostgreSQL server; JUnit closes it after the last class.
  private record Server(EmbeddedPostgres postgres, EmbeddedSettings settings, Path place)
      implements AutoCloseable {
    static Server start() {
      try {
        var place = Files.createTempDirectory("toolwright-e2e-postgres-");
        var usual = EmbeddedSettings.below(place);
        var settings =
            new EmbeddedSettings(
                usual.home(),
                usual.binaries(),
                usual.data(),
                Map.of("fsync", "off", "max_connections", "200"));
        return new Server(EmbeddedPostgres.start(settings), settings, place);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    void execute(String sql) throws SQLException {
      var superuser = postgres.superuser();
      try (var connection =
              DriverManager.getConnection(
                  superuser.jdbcUrl(), superuser.user(), superuser.password());
          var statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    @Override
    public void close() throws IOException {
      postgres.close();
      try {
        settings.erase();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      Files.deleteIfExists(place);
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) throws SQLException {
    server =
        context
            .getRoot()
            .getStore(Namespace.create(SharedDatabase.class))
            .computeIfAbsent(Server.class, _ -> Server.start(), Server.class);
    server.execute("create database " + name + " owner toolwright");
  }

  @Override
  public void afterAll(ExtensionContext context) throws SQLException {
    server().execute("drop database if exists " + name + " with (force)");
  }

  private Server server() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server;
  }

  DatabaseAddress address() {
    var address = server().postgres().address();
    var jdbcUrl = address.jdbcUrl();
    return new DatabaseAddress(
        jdbcUrl.substring(0, jdbcUrl.lastIndexOf('/') + 1) + name,
        address.user(),
        address.password());
  }

  /// The form in which an operator gives it to the product.
  String url() {
    var address = address();
    return address
        .jdbcUrl()
        .replace(
            "jdbc:postgresql://",
            "postgresql://" + address.user() + ":" + address.password() + "@");
  }

  /// Rows of texts; null stays null.
  List<List<@Nullable String>> rows(String sql, String... parameters) {
    try (var connection = connect();
        var statement = connection.prepareStatement(sql)) {
      for (var i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (var found = statement.executeQuery()) {
        var rows = new ArrayList<List<@Nullable String>>();
        while (found.next()) {
          var row = new ArrayList<@Nullable String>();
          for (var i = 1; i <= found.getMetaData().getColumnCount(); i++) {
            row.add(found.getString(i));
          }
          rows.add(row);
        }
        return rows;
      }
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /// The first column.
  List<@Nullable String> column(String sql, String... parameters) {
    return rows(sql, parameters).stream().<@Nullable String>map(List::getFirst).toList();
  }

  /// The one number that is asked for.
  long number(String sql, String... parameters) {
    return Long.parseLong(String.valueOf(column(sql, parameters).getFirst()));
  }

  private Connection connect() throws SQLException {
    var address = address();
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }
}
