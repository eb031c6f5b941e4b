package dev.toolwright.database.embedded;

import dev.toolwright.database.DatabaseAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/// Proof that the server on a port is the one on our data, and the ways to log in to it.
record Identity(DatabaseAddress address, DatabaseAddress superuser) {
  /// Logs in as superuser, compares the data directory and the cluster's own number with ours, and
  /// creates the application's role and database where they are missing.
  static Identity verify(Cluster cluster, State state, int port) throws IOException {
    var superuser = login(port, "postgres", "postgres", state.password(State.SUPERUSER_PASSWORD));
    var application = application(port, state.password(State.APPLICATION_PASSWORD));
    try (var connection = connect(superuser)) {
      compare(connection, cluster, state);
      prepare(connection, application.password(), state);
      return new Identity(application, superuser);
    } catch (SQLException e) {
      throw new EmbeddedPostgresException(
          "The private PostgreSQL on port %d refuses us (%s): see %s"
              .formatted(port, e.getSQLState(), cluster.data().resolve("log")),
          e);
    }
  }

  /// Only SCRAM is accepted, which proves both sides and never sends the password: a stranger on
  /// the port learns nothing.
  private static Connection connect(DatabaseAddress address) throws SQLException {
    var properties = new Properties();
    properties.setProperty("user", address.user());
    properties.setProperty("password", address.password());
    properties.setProperty("requireAuth", "scram-sha-256");
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", "30");
    return DriverManager.getConnection(address.jdbcUrl(), properties);
  }

  private static void compare(Connection connection, Cluster cluster, State state)
      throws SQLException, IOException {
    try (var statement = connection.createStatement();
        var rows =
            statement.executeQuery(
                """
                select current_setting('data_directory'), system_identifier::text
                from pg_control_system()
                """)) {
      rows.next();
      var data = Path.of(rows.getString(1));
      var number = rows.getString(2);
      var known = state.read(State.CLUSTER_ID);
      if (!data.equals(cluster.data()) || (known.isPresent() && !known.get().equals(number))) {
        throw new EmbeddedPostgresException(
            "The PostgreSQL server found for %s is not ours: it serves %s as cluster %s"
                .formatted(cluster.data(), data, number));
      }
      if (known.isEmpty()) {
        state.write(State.CLUSTER_ID, number);
      }
    }
  }

  private static void prepare(Connection connection, String password, State state)
      throws SQLException, IOException {
    if (state.read(State.PREPARED).isPresent()) {
      return;
    }
    try (var statement = connection.createStatement()) {
      var role = exists(connection, "select 1 from pg_roles where rolname = 'toolwright'");
      // The password is hexadecimal, so that it needs no escaping; roles take no parameters.
      statement.execute(
          (role ? "alter" : "create")
              + " role toolwright login nosuperuser nocreatedb nocreaterole password '"
              + password
              + "'");
      if (!exists(connection, "select 1 from pg_database where datname = 'toolwright'")) {
        statement.execute("create database toolwright owner toolwright");
      }
    }
    state.write(State.PREPARED, "role and database");
  }

  private static boolean exists(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery(query)) {
      return rows.next();
    }
  }

  static DatabaseAddress application(int port, String password) {
    return login(port, "toolwright", "toolwright", password);
  }

  private static DatabaseAddress login(int port, String database, String user, String password) {
    return new DatabaseAddress(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database, user, password);
  }
}
